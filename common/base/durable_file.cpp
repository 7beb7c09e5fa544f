#include "common/base/durable_file.hpp"

#include "common/base/uuid.hpp"

namespace sisu {
namespace {

FileSystem::Path parent_of(const FileSystem::Path& path) {
  const auto parent = path.parent_path();
  return parent.empty() ? FileSystem::Path(".") : parent;
}

FileResult<void> expect_directory(FileSystem& files, const FileSystem::Path& path) {
  const auto status = files.status(path / ".");  // "/." looks through a symbolic link
  if (!status) return fail(status.error());
  return {};
}

/// A process that was killed between making and syncing has left one entry unsynced: that of the deepest directory.
FileResult<void> sync_found_entry(FileSystem& files, const FileSystem::Path& path) {
  const auto synced = files.sync_directory(parent_of(path));
  // A parent that may not be read (/home with 0711) is none that we could have made an entry in and synced it.
  if (!synced && synced.error() == std::errc::permission_denied) return {};
  return synced;
}

FileResult<void> write_and_sync(FileSystem& files, const FileSystem::Path& path, std::string_view bytes, mode_t mode) {
  const auto file = files.create(path, mode);
  if (!file) return fail(file.error());
  if (const auto written = (*file)->write(bytes); !written) return written;
  return (*file)->sync();
}

}  // namespace

FileResult<void> make_durable_directories(FileSystem& files, const FileSystem::Path& path, mode_t mode) {
  if (!path.has_filename() && path.has_relative_path())  // "mail/"
    return make_durable_directories(files, path.parent_path(), mode);
  auto made = files.make_directory(path, mode);
  if (!made && made.error() == std::errc::no_such_file_or_directory && parent_of(path) != path) {
    if (const auto above = make_durable_directories(files, parent_of(path), mode); !above) return above;
    made = files.make_directory(path, mode);
  }
  if (made) return files.sync_directory(parent_of(path));
  if (made.error() != std::errc::file_exists) return made;
  if (const auto found = expect_directory(files, path); !found) return found;
  return sync_found_entry(files, path);
}

FileResult<void> write_durable_file(FileSystem& files, const FileSystem::Path& path, std::string_view bytes,
                                    mode_t mode) {
  const auto beside = parent_of(path) / ("." + path.filename().string() + "." + Uuid::random().to_string() + ".tmp");
  auto done = write_and_sync(files, beside, bytes, mode);
  if (done) done = files.replace(beside, path);
  if (!done) {
    (void)files.unlink(beside);  // the first error is the one that matters
    return done;
  }
  return files.sync_directory(parent_of(path));
}

FileResult<void> move_to_free_name(FileSystem& files, const FileSystem::Path& from, const FileSystem::Path& to) {
  const auto renamed = files.rename(from, to);
  if (renamed ||
      (renamed.error() != std::errc::invalid_argument && renamed.error() != std::errc::function_not_supported))
    return renamed;
  if (const auto linked = files.link(from, to); !linked) return linked;
  (void)files.unlink(from);  // a second name in tmp/ harms nobody and goes when it is stale
  return {};
}

}  // namespace sisu
