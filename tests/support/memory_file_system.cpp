#include "tests/support/memory_file_system.hpp"

namespace sisu::test {

std::string_view name_of(Call call) {
  switch (call) {
    case Call::create:
      return "create";
    case Call::read:
      return "read";
    case Call::write:
      return "write";
    case Call::sync_file:
      return "sync";
    case Call::rename:
      return "rename";
    case Call::replace:
      return "replace";
    case Call::link:
      return "link";
    case Call::unlink:
      return "unlink";
    case Call::make_directory:
      return "mkdir";
    case Call::sync_directory:
      return "syncdir";
    case Call::status:
      return "status";
    case Call::list:
      return "list";
    case Call::space:
      return "space";
  }
  return "";
}

class MemoryFileSystem::File final : public WritableFile {
 public:
  File(MemoryFileSystem& files, Path path, DiskImage::NodeId id) : files_(files), path_(std::move(path)), id_(id) {}

  FileResult<void> write(std::string_view bytes) override {
    bool stored = false;
    auto written = files_.step(Call::write, path_, [&] {
      stored = true;
      return files_.disk_.append(id_, bytes);
    });
    if (!stored) (void)files_.disk_.append(id_, bytes.substr(0, bytes.size() / 2));
    return written;
  }

  FileResult<void> sync() override {
    return files_.step(Call::sync_file, path_, [this] { return files_.disk_.sync_file(id_); });
  }

 private:
  MemoryFileSystem& files_;
  const Path path_;
  const DiskImage::NodeId id_;
};

std::optional<std::error_code> MemoryFileSystem::injected_fault(Call call) {
  const auto found = faults_.find(call);
  if (found == faults_.end()) return {};
  const std::error_code error(found->second.error, std::system_category());
  if (found->second.countdown == 0) return error;
  if (--found->second.countdown > 0) return {};
  faults_.erase(found);
  return error;
}

template <class Action>
auto MemoryFileSystem::step(Call call, const Path& path, Action action) -> decltype(action()) {
  const std::lock_guard lock(mutex_);
  const auto fault = injected_fault(call);
  auto done = fault ? decltype(action())(fail(*fault)) : action();
  steps_.push_back({call, path});
  history_.push_back(disk_);
  return done;
}

std::vector<MemoryFileSystem::Step> MemoryFileSystem::steps() const {
  const std::lock_guard lock(mutex_);
  return steps_;
}

std::vector<std::string> MemoryFileSystem::changes() const {
  std::vector<std::string> changes;
  for (const Step& step : steps()) {
    const bool only_looks =
        step.call == Call::read || step.call == Call::status || step.call == Call::list || step.call == Call::space;
    if (!only_looks) changes.push_back(std::string(name_of(step.call)) + " " + step.path.string());
  }
  return changes;
}

DiskImage MemoryFileSystem::after_crash(std::size_t steps, Survives survives, unsigned seed) const {
  const std::lock_guard lock(mutex_);
  return history_.at(steps).after_crash(survives, seed);
}

FileResult<std::unique_ptr<WritableFile>> MemoryFileSystem::create(const Path& path, mode_t mode) {
  return step(Call::create, path, [&]() -> FileResult<std::unique_ptr<WritableFile>> {
    const auto id = disk_.create(path, mode);
    if (!id) return fail(id.error());
    return std::make_unique<File>(*this, path, *id);
  });
}

FileResult<std::string> MemoryFileSystem::read(const Path& path, std::size_t limit) {
  return step(Call::read, path, [&]() -> FileResult<std::string> {
    auto content = disk_.content(path);
    if (content && content->size() > limit) return fail(std::make_error_code(std::errc::file_too_large));
    return content;
  });
}

FileResult<void> MemoryFileSystem::rename(const Path& from, const Path& to) {
  return step(Call::rename, to, [&] { return disk_.move(from, to, DiskImage::Target::must_be_free); });
}

FileResult<void> MemoryFileSystem::replace(const Path& from, const Path& to) {
  return step(Call::replace, to, [&] { return disk_.move(from, to, DiskImage::Target::may_be_replaced); });
}

FileResult<void> MemoryFileSystem::link(const Path& from, const Path& to) {
  return step(Call::link, to, [&] { return disk_.link(from, to); });
}

FileResult<void> MemoryFileSystem::unlink(const Path& path) {
  return step(Call::unlink, path, [&] { return disk_.unlink(path); });
}

FileResult<void> MemoryFileSystem::make_directory(const Path& path, mode_t mode) {
  return step(Call::make_directory, path, [&] { return disk_.make_directory(path, mode); });
}

FileResult<void> MemoryFileSystem::sync_directory(const Path& path) {
  return step(Call::sync_directory, path, [&] { return disk_.sync_directory(path); });
}

FileResult<FileStatus> MemoryFileSystem::status(const Path& path) {
  return step(Call::status, path, [&] { return disk_.status(path); });
}

FileResult<std::vector<std::string>> MemoryFileSystem::list(const Path& path) {
  return step(Call::list, path, [&] { return disk_.list(path); });
}

FileResult<FileSystemSpace> MemoryFileSystem::space(const Path& path) {
  return step(Call::space, path, [&]() -> FileResult<FileSystemSpace> {
    return FileSystemSpace{.available = available_, .read_only = false};
  });
}

}  // namespace sisu::test
