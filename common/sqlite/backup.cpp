#include "common/sqlite/backup.hpp"

#include "common/base/durable_file.hpp"
#include "common/base/uuid.hpp"
#include "common/sqlite/error.hpp"

#include <sqlite3.h>

#include <fcntl.h>
#include <unistd.h>

namespace sisu::sqlite {
namespace {

using Path = std::filesystem::path;

struct Finish {
  void operator()(sqlite3_backup* backup) const { sqlite3_backup_finish(backup); }
};
void throw_file_error(std::error_code error, const Path& file, const char* what) {
  throw std::system_error(error, file.string() + ": " + what);
}

/// All pages in one step: one read transaction, so one commit's state.
void copy_pages(const Database& source, const Path& file) {
  const Database target = Database::create(file);
  std::unique_ptr<sqlite3_backup, Finish> backup(sqlite3_backup_init(target.handle(), "main", source.handle(), "main"));
  if (!backup) throw_last_error(target.handle(), file.string(), "begin the backup");
  const int stepped = sqlite3_backup_step(backup.get(), -1);
  backup.reset();
  if (stepped == SQLITE_BUSY || stepped == SQLITE_LOCKED)
    throw Error(ErrorKind::locked, source.path().string() + ": " + std::string(advice(ErrorKind::locked)));
  if (stepped != SQLITE_DONE) throw_last_error(target.handle(), file.string(), "write the backup");
  // The copy inherits the mode "write-ahead log"; a file to carry about should stand alone.
  target.run("PRAGMA journal_mode = DELETE");
}

void expect_sound(const Path& file) {
  const auto findings = Database::open(file, {.access = Access::read_only}).integrity_findings();
  if (!findings.empty())
    throw Error(ErrorKind::corrupt,
                file.string() + ": the copy is damaged (" + findings.front() + "), so the original may be: check it");
}

void sync_file(const Path& file) {
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  const bool synced = fd >= 0 && ::fsync(fd) == 0;
  const std::error_code error(errno, std::system_category());
  if (fd >= 0) ::close(fd);
  if (!synced) throw_file_error(error, file, "could not be synced to disk");
}

void put_in_place(const Path& from, const Path& to) {
  FileSystem& files = real_file_system();
  if (const auto moved = move_to_free_name(files, from, to); !moved)
    throw_file_error(moved.error(), to, "a backup does not overwrite; name another file");
  const auto synced = files.sync_directory(to.has_parent_path() ? to.parent_path() : ".");
  if (!synced) throw_file_error(synced.error(), to, "could not sync its folder");
}

}  // namespace

void back_up(const Database& source, const Path& target) {
  if (std::filesystem::exists(std::filesystem::symlink_status(target)))
    throw_file_error(std::make_error_code(std::errc::file_exists), target,
                     "a backup does not overwrite; name another file");
  const Path beside = target.string() + "." + Uuid::random().to_string() + ".tmp";
  try {
    copy_pages(source, beside);
    expect_sound(beside);
    sync_file(beside);
    put_in_place(beside, target);
  } catch (...) {
    std::error_code ignored;
    std::filesystem::remove(beside, ignored);
    std::filesystem::remove(beside.string() + "-journal", ignored);
    throw;
  }
}

}  // namespace sisu::sqlite
