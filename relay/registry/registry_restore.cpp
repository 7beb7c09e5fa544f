#include "relay/registry/registry_restore.hpp"

#include "common/base/durable_file.hpp"
#include "common/base/uuid.hpp"
#include "common/sqlite/backup.hpp"
#include "common/sqlite/error.hpp"
#include "relay/registry/registry_check.hpp"
#include "relay/registry/schema.hpp"
#include "relay/registry/state_directory.hpp"

namespace sisu::relay {
namespace {

using Path = std::filesystem::path;
using sqlite::Database;

void expect_done(const FileResult<void>& result, const Path& file, const char* what) {
  if (!result) throw std::system_error(result.error(), file.string() + ": " + what);
}

bool is_there(const Path& file) { return std::filesystem::exists(std::filesystem::symlink_status(file)); }

Path log_of(const Path& database) { return database.string() + "-wal"; }
Path index_of(const Path& database) { return database.string() + "-shm"; }

/// A registry in its own right: of our schema and version, and sound. Older ones are brought up.
std::size_t make_sound_copy(const Path& backup, const Path& copy) {
  {
    const Database source = Database::open(backup, {.access = sqlite::Access::read_only});
    (void)sqlite::checked_version(source, registry_schema());
    sqlite::back_up(source, copy);
  }
  const Database database = sqlite::open_database(copy, registry_schema());
  const auto findings = check_registry(database);
  if (!findings.empty())
    throw sqlite::Error(sqlite::ErrorKind::corrupt, backup.string() + ": is not sound (" + findings.front() +
                                                        "): use another backup; nothing was changed");
  const auto accounts = database.integer("SELECT count(*) FROM users");
  (void)database.text("PRAGMA journal_mode = DELETE");  // one file again, to be moved
  return static_cast<std::size_t>(accounts);
}

/// Brings the log of the former registry into its file. A registry too damaged for that keeps its log beside it.
void fold_log_in(const Path& database) {
  try {
    (void)Database::open(database).text("PRAGMA journal_mode = DELETE");
  } catch (const sqlite::Error&) {
  }
}

/// A log that stayed must not be replayed into the restored file: it is moved first. From then on a crash leaves a
/// registry that was damaged before, and its log under the new name.
void set_log_aside(FileSystem& files, const Path& database, const Path& former) {
  if (is_there(log_of(database)))
    expect_done(move_to_free_name(files, log_of(database), log_of(former)), log_of(database), "could not be set aside");
  (void)files.unlink(index_of(database));
}

std::optional<Path> keep_former(FileSystem& files, const Path& database, const std::string& suffix) {
  if (!is_there(database)) return std::nullopt;
  const Path former = database.string() + "." + suffix;
  fold_log_in(database);
  expect_done(files.link(database, former), former, "the former registry could not be kept under this name");
  set_log_aside(files, database, former);
  return former;
}

void remove_quietly(const Path& database) {
  std::error_code ignored;
  for (const Path& file : {database, log_of(database), index_of(database), Path(database.string() + "-journal")})
    std::filesystem::remove(file, ignored);
}

}  // namespace

Restored restore_registry(const Path& state_directory, const Path& backup, const std::string& former_suffix) {
  const RegistryFiles place(state_directory);
  const RegistryLock alone = RegistryLock::take(place, OpenedBy::restore);
  const Path copy = place.database.string() + "." + Uuid::random().to_string() + ".restore";
  FileSystem& files = real_file_system();
  try {
    Restored restored{.accounts = make_sound_copy(backup, copy), .former = {}};
    give_to_directory_owner(copy);
    restored.former = keep_former(files, place.database, former_suffix);
    expect_done(files.replace(copy, place.database), place.database, "the restored registry could not be put in place");
    expect_done(files.sync_directory(state_directory), state_directory, "could not be synced to disk");
    return restored;
  } catch (...) {
    remove_quietly(copy);
    throw;
  }
}

}  // namespace sisu::relay
