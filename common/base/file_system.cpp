#include "common/base/file_system.hpp"

#include "common/base/parallel_sync.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace sisu {
namespace {

std::error_code last_error() { return {errno, std::system_category()}; }

FileResult<void> outcome(int returned) {
  if (returned != 0) return fail(last_error());
  return {};
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  explicit operator bool() const { return fd_ >= 0; }
  int get() const { return fd_; }

 private:
  int fd_;
};

class RealFile final : public WritableFile {
 public:
  explicit RealFile(int fd) : fd_(fd) {}

  FileResult<void> write(std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t written = ::write(fd_.get(), bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return fail(last_error());
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
  }

  FileResult<void> sync() override { return outcome(::fsync(fd_.get())); }

  int descriptor() const { return fd_.get(); }

 private:
  Descriptor fd_;
};

/// One byte more than `limit` is asked for: its arrival is what tells a file that is too long.
FileResult<std::string> read_at_most(int fd, std::size_t limit) {
  std::string text;
  for (;;) {
    const std::size_t have = text.size();
    const std::size_t wanted = std::min(limit + 1 - have, std::size_t{64} * 1024);
    text.resize(have + wanted);
    const ssize_t got = ::read(fd, text.data() + have, wanted);
    if (got < 0 && errno != EINTR) return fail(last_error());
    text.resize(have + static_cast<std::size_t>(std::max(got, ssize_t{0})));
    if (got == 0) return text;
    if (text.size() > limit) return fail(std::make_error_code(std::errc::file_too_large));
  }
}

FileStatus::Type type_of(mode_t mode) {
  if (S_ISREG(mode)) return FileStatus::Type::regular;
  if (S_ISDIR(mode)) return FileStatus::Type::directory;
  if (S_ISLNK(mode)) return FileStatus::Type::symlink;
  return FileStatus::Type::other;
}

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

class RealFileSystem final : public FileSystem {
 public:
  FileResult<std::unique_ptr<WritableFile>> create(const Path& path, mode_t mode) override {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    if (fd < 0) return fail(last_error());
    return std::make_unique<RealFile>(fd);
  }

  std::vector<FileResult<void>> sync_all(std::span<WritableFile* const> files) override {
    std::vector<int> descriptors;
    for (const WritableFile* file : files) descriptors.push_back(static_cast<const RealFile*>(file)->descriptor());
    std::vector<FileResult<void>> results(files.size());
    const auto errors = sync_in_parallel(descriptors);
    for (std::size_t i = 0; i < errors.size(); ++i) {
      if (errors[i]) results[i] = fail(errors[i]);
    }
    return results;
  }

  FileResult<std::string> read(const Path& path, std::size_t limit) override {
    // O_NONBLOCK: a FIFO under that name must not hang the caller. It does nothing to regular files.
    const Descriptor fd(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    if (!fd) return fail(last_error());
    struct stat info {};
    if (::fstat(fd.get(), &info) != 0) return fail(last_error());
    if (S_ISDIR(info.st_mode)) return fail(std::make_error_code(std::errc::is_a_directory));
    if (!S_ISREG(info.st_mode)) return fail(std::make_error_code(std::errc::invalid_argument));
    return read_at_most(fd.get(), limit);
  }

  FileResult<void> rename(const Path& from, const Path& to) override {
    return outcome(::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE));
  }
  FileResult<void> replace(const Path& from, const Path& to) override {
    return outcome(::rename(from.c_str(), to.c_str()));
  }
  FileResult<void> link(const Path& from, const Path& to) override { return outcome(::link(from.c_str(), to.c_str())); }
  FileResult<void> unlink(const Path& path) override { return outcome(::unlink(path.c_str())); }
  FileResult<void> make_directory(const Path& path, mode_t mode) override {
    return outcome(::mkdir(path.c_str(), mode));
  }

  FileResult<void> sync_directory(const Path& path) override {
    const Descriptor fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd) return fail(last_error());
    return outcome(::fsync(fd.get()));
  }

  FileResult<FileStatus> status(const Path& path) override {
    struct stat info {};
    if (::lstat(path.c_str(), &info) != 0) return fail(last_error());
    const auto modified = std::chrono::seconds(info.st_mtim.tv_sec) + std::chrono::nanoseconds(info.st_mtim.tv_nsec);
    return FileStatus{.type = type_of(info.st_mode),
                      .permissions = static_cast<mode_t>(info.st_mode & 07777),
                      .owner = info.st_uid,
                      .device = info.st_dev,
                      .size = static_cast<std::uint64_t>(info.st_size),
                      .modified = std::chrono::system_clock::time_point(modified)};
  }

  FileResult<std::vector<std::string>> list(const Path& path) override {
    const std::unique_ptr<DIR, CloseDirectory> directory(::opendir(path.c_str()));
    if (!directory) return fail(last_error());
    std::vector<std::string> names;
    for (;;) {
      errno = 0;
      const dirent* entry = ::readdir(directory.get());
      if (entry == nullptr && errno != 0) return fail(last_error());
      if (entry == nullptr) return names;
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") names.emplace_back(name);
    }
  }

  FileResult<FileSystemSpace> space(const Path& path) override {
    struct statvfs info {};
    if (::statvfs(path.c_str(), &info) != 0) return fail(last_error());
    return FileSystemSpace{.available = std::uint64_t{info.f_bavail} * info.f_frsize,
                           .read_only = (info.f_flag & ST_RDONLY) != 0};
  }
};

}  // namespace

std::vector<FileResult<void>> FileSystem::sync_all(std::span<WritableFile* const> files) {
  std::vector<FileResult<void>> results;
  for (WritableFile* file : files) results.push_back(file->sync());
  return results;
}

FileSystem& real_file_system() {
  static RealFileSystem instance;
  return instance;
}

}  // namespace sisu
