#include "client/maildir/maildir_setup.hpp"

#include "common/base/durable_file.hpp"
#include "common/base/uuid.hpp"

#include <unistd.h>

namespace sisu::client {
namespace {

using Path = FileSystem::Path;
using Problem = std::optional<std::string>;

constexpr mode_t folder_mode = 0700;
constexpr mode_t others_may_write = 0002;

std::string this_user() { return "uid " + std::to_string(::geteuid()); }

std::string cannot(const std::string& what, const Path& path, const std::error_code& why) {
  return "maildir: cannot " + what + " " + path.string() + " as " + this_user() + ": " + why.message() +
         "; name a folder that this user can write to";
}

Problem check_folder(FileSystem& files, const Path& path) {
  const auto status = files.status(path / ".");  // "/." looks through a symbolic link
  if (!status) return cannot("use", path, status.error());
  if (status->owner != ::geteuid())
    return "maildir: " + path.string() + " belongs to uid " + std::to_string(status->owner) +
           ", but this program runs as " + this_user() + ": run it as the owner, or name another folder";
  if ((status->permissions & others_may_write) != 0)
    return "maildir: everyone may write to " + path.string() + ": run chmod o-w on it";
  return {};
}

Problem check_one_file_system(FileSystem& files, const Path& path) {
  const auto tmp = files.status(path / "tmp" / ".");
  const auto fresh = files.status(path / "new" / ".");
  if (!tmp || !fresh || tmp->device == fresh->device) return {};
  return "maildir: " + path.string() +
         "/tmp and /new are on different file systems, so no file can be moved from one " +
         "to the other: unmount one of them";
}

/// Read-only, full, out of inodes, unable to rename: better known before a sender is told to wait.
Problem try_delivery(FileSystem& files, const Path& tmp) {
  const Path first = tmp / ("probe." + Uuid::random().to_string());
  const Path second = first.string() + ".moved";
  const auto made = files.create(first, 0600);
  if (!made) return cannot("make a file in", tmp, made.error());
  const auto synced = (*made)->sync();
  const auto moved = synced ? move_to_free_name(files, first, second) : synced;
  (void)files.unlink(moved ? second : first);
  if (!moved) return cannot("sync and rename a file in", tmp, moved.error());
  return {};
}

}  // namespace

std::optional<std::string> prepare_maildir(FileSystem& files, const Path& path) {
  for (const Path& folder : {path, path / "tmp", path / "new", path / "cur"}) {
    if (const auto made = make_durable_directories(files, folder, folder_mode); !made)
      return cannot("make", folder, made.error());
    if (auto problem = check_folder(files, folder)) return problem;
  }
  if (auto problem = check_one_file_system(files, path)) return problem;
  return try_delivery(files, path / "tmp");
}

void remove_stale_files(FileSystem& files, const Path& tmp, std::chrono::system_clock::time_point oldest) {
  const auto names = files.list(tmp);
  if (!names) return;
  for (const std::string& name : *names) {
    const auto status = files.status(tmp / name);
    if (status && status->type == FileStatus::Type::regular && status->modified < oldest)
      (void)files.unlink(tmp / name);
  }
}

}  // namespace sisu::client
