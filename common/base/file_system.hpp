// What durable storage asks of a file system, one system call a function, so that tests can make any of them fail and
// can pull the plug after any of them (tests/support/memory_file_system.hpp). Nothing here retries or hides an error.
#pragma once

#include "common/base/result.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <system_error>
#include <vector>

namespace sisu {

/// Errors are errno values in std::system_category(); compare them with std::errc.
template <class T>
using FileResult = Result<T, std::error_code>;

/// A file open for writing, from its start. Closed, not synced, when destroyed. Used by one thread at a time.
class WritableFile {
 public:
  virtual ~WritableFile() = default;

  /// Appends all of `bytes`. After an error an unknown part of them is in the file.
  virtual FileResult<void> write(std::string_view bytes) = 0;

  /// fsync(2). After an error the kernel may have dropped the dirty pages and marked them clean: a second call can
  /// succeed with data lost. Never call it again on this file; give the file up.
  virtual FileResult<void> sync() = 0;
};

struct FileStatus {
  enum class Type { regular, directory, symlink, other };
  Type type = Type::other;
  mode_t permissions = 0;  ///< the lower 12 bits
  uid_t owner = 0;
  dev_t device = 0;
  std::uint64_t size = 0;  ///< bytes
  std::chrono::system_clock::time_point modified;
};

struct FileSystemSpace {
  std::uint64_t available = 0;  ///< bytes that this user may still write
  bool read_only = false;
};

/// Safe from any thread. Every function blocks: call it from a worker, not from an event loop.
class FileSystem {
 public:
  using Path = std::filesystem::path;
  virtual ~FileSystem() = default;

  /// A new file, mode less the umask. EEXIST if anything has that name; symbolic links are not followed.
  virtual FileResult<std::unique_ptr<WritableFile>> create(const Path& path, mode_t mode) = 0;
  /// WritableFile::sync() of several that create() has given, with a result for each. It may do them at the same time.
  virtual std::vector<FileResult<void>> sync_all(std::span<WritableFile* const> files);
  /// The whole of a regular file of at most `limit` bytes; EFBIG if it is longer.
  virtual FileResult<std::string> read(const Path& path, std::size_t limit) = 0;

  /// Fails with EEXIST rather than replace (renameat2 RENAME_NOREPLACE); EINVAL where the file system cannot do that.
  virtual FileResult<void> rename(const Path& from, const Path& to) = 0;
  /// rename(2): what had the name `to` is gone.
  virtual FileResult<void> replace(const Path& from, const Path& to) = 0;
  /// link(2): a second name; EEXIST if `to` is taken.
  virtual FileResult<void> link(const Path& from, const Path& to) = 0;
  virtual FileResult<void> unlink(const Path& path) = 0;

  /// mkdir(2), mode less the umask.
  virtual FileResult<void> make_directory(const Path& path, mode_t mode) = 0;
  /// fsync(2) of a directory: names made, moved and removed in it before this call survive a crash after it.
  virtual FileResult<void> sync_directory(const Path& path) = 0;

  /// lstat(2).
  virtual FileResult<FileStatus> status(const Path& path) = 0;
  /// Names without "." and "..", in no order.
  virtual FileResult<std::vector<std::string>> list(const Path& path) = 0;
  virtual FileResult<FileSystemSpace> space(const Path& path) = 0;
};

/// The machine's own file system; lives as long as the process.
FileSystem& real_file_system();

}  // namespace sisu
