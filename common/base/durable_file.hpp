// Making files and directories that survive a crash: built from FileSystem's single steps, in the one order that works.
// Each function is complete or has left nothing of its own behind.
#pragma once

#include "common/base/file_system.hpp"

namespace sisu {

/// `path` and what is missing above it, each with `mode` (less the umask). Every directory that got a new entry is
/// synced, and the one that holds the first directory that existed before. A directory that is there already keeps its
/// mode; ENOTDIR if it is something else.
FileResult<void> make_durable_directories(FileSystem& files, const FileSystem::Path& path, mode_t mode);

/// Puts `bytes` under the name `path`, replacing a file that has it: a new file beside it, synced, renamed over it, the
/// directory synced. A reader, and a crash, see the old content or the new one whole. An error in the last step, the
/// directory's sync, leaves the new content in place, but not certainly on disk.
FileResult<void> write_durable_file(FileSystem& files, const FileSystem::Path& path, std::string_view bytes,
                                    mode_t mode);

/// Moves a file to a name that must be free (EEXIST otherwise). Where the file system cannot rename so (ZFS before 2.2,
/// NFS: EINVAL), by link(2) and unlink(2), as Maildir's author had it. Nothing is synced.
FileResult<void> move_to_free_name(FileSystem& files, const FileSystem::Path& from, const FileSystem::Path& to);

}  // namespace sisu
