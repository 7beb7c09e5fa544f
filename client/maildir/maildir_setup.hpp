// What happens to a Maildir at start: made if missing, checked, cleaned.
#pragma once

#include "common/base/file_system.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace sisu::client {

/// Makes `path`, tmp, new and cur where missing (0700, synced), and checks that all of them are directories of this
/// user that not everyone may write to, that tmp and new are on one file system, and, with a file made and moved in
/// tmp, that a delivery will work. The answer is a problem in one line: what, where, why, what to do.
std::optional<std::string> prepare_maildir(FileSystem& files, const FileSystem::Path& path);

/// Removes regular files from `tmp` that were last written before `oldest`. What cannot be removed stays.
void remove_stale_files(FileSystem& files, const FileSystem::Path& tmp, std::chrono::system_clock::time_point oldest);

}  // namespace sisu::client
