// A FileSystem over a DiskImage. Tests make any of its calls fail, read the order of the calls, and pull the plug after
// any of them.
#pragma once

#include "tests/support/disk_image.hpp"

#include <mutex>
#include <optional>

namespace sisu::test {

enum class Call {
  create,
  read,
  write,
  sync_file,
  rename,
  replace,
  link,
  unlink,
  make_directory,
  sync_directory,
  status,
  list,
  space,
};
std::string_view name_of(Call call);

/// Safe from any thread. The root directory "/" exists from the start.
class MemoryFileSystem final : public FileSystem {
 public:
  MemoryFileSystem() : history_{disk_} {}
  explicit MemoryFileSystem(DiskImage disk) : disk_(std::move(disk)), history_{disk_} {}

  // --- faults

  /// The n-th call of this kind from now (1: the next) fails with this errno, once. A write has stored half by then.
  void fail_call(Call call, int nth, int error) { faults_[call] = {.countdown = nth, .error = error}; }
  /// Every call of this kind fails from now on.
  void fail_all(Call call, int error) { faults_[call] = {.countdown = 0, .error = error}; }
  /// What space() says.
  void set_space(std::uint64_t available) { available_ = available; }

  // --- the record

  struct Step {
    Call call;
    Path path;
  };
  /// Every call so far, failed ones too.
  std::vector<Step> steps() const;
  std::size_t step_count() const { return steps().size(); }
  /// "create /m/tmp/a", ...: calls that change something (not read, status, list, space).
  std::vector<std::string> changes() const;

  // --- crashes

  /// The disk as the next boot may find it when power was lost right behind the first `steps` calls.
  DiskImage after_crash(std::size_t steps, Survives survives, unsigned seed = 0) const;

  /// What programs see now.
  DiskImage& disk() { return disk_; }

  // --- FileSystem

  FileResult<std::unique_ptr<WritableFile>> create(const Path& path, mode_t mode) override;
  FileResult<std::string> read(const Path& path, std::size_t limit) override;
  FileResult<void> rename(const Path& from, const Path& to) override;
  FileResult<void> replace(const Path& from, const Path& to) override;
  FileResult<void> link(const Path& from, const Path& to) override;
  FileResult<void> unlink(const Path& path) override;
  FileResult<void> make_directory(const Path& path, mode_t mode) override;
  FileResult<void> sync_directory(const Path& path) override;
  FileResult<FileStatus> status(const Path& path) override;
  FileResult<std::vector<std::string>> list(const Path& path) override;
  FileResult<FileSystemSpace> space(const Path& path) override;

 private:
  class File;
  struct Fault {
    int countdown = 0;  ///< 0: always
    int error = 0;
  };

  /// One call: an injected fault, or what `action` does to the disk; recorded either way.
  template <class Action>
  auto step(Call call, const Path& path, Action action) -> decltype(action());
  std::optional<std::error_code> injected_fault(Call call);

  mutable std::mutex mutex_;
  DiskImage disk_;
  std::map<Call, Fault> faults_;
  std::vector<Step> steps_;
  std::vector<DiskImage> history_;  ///< before the first step, and after each
  std::uint64_t available_ = std::uint64_t{1} << 40;
};

}  // namespace sisu::test
