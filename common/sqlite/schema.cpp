#include "common/sqlite/schema.hpp"

#include "common/base/durable_file.hpp"
#include "common/base/uuid.hpp"
#include "common/sqlite/error.hpp"
#include "common/sqlite/transaction.hpp"

namespace sisu::sqlite {
namespace {

[[noreturn]] void refuse(ErrorKind kind, const Database& database, const std::string& why) {
  throw Error(kind, database.path().string() + ": " + why + "; " + std::string(advice(kind)));
}

std::int64_t recorded_version(const Database& database) {
  return database.integer("SELECT coalesce(max(version), 0) FROM schema_version");
}

/// Inside a transaction. Another process may have migrated since we looked: the version is read again.
void apply_missing_steps(const Database& database, const Schema& schema) {
  const Statement record = database.prepare("INSERT INTO schema_version(version, applied) VALUES (?, unixepoch())");
  for (std::int64_t version = recorded_version(database); version < schema.version(); ++version) {
    database.run(schema.steps[static_cast<std::size_t>(version)]);
    record.execute({version + 1});
  }
}

void build(const Database& database, const Schema& schema) {
  Transaction transaction(database);
  database.run("PRAGMA application_id = " + std::to_string(schema.application_id));
  database.run("CREATE TABLE schema_version(version INTEGER PRIMARY KEY, applied INTEGER NOT NULL) STRICT");
  apply_missing_steps(database, schema);
  transaction.commit();
}

void remove_quietly(const std::filesystem::path& file) {
  std::error_code ignored;
  std::filesystem::remove(file, ignored);
  std::filesystem::remove(file.string() + "-journal", ignored);
}

}  // namespace

void create_database(const std::filesystem::path& file, const Schema& schema) {
  if (std::filesystem::exists(std::filesystem::symlink_status(file))) return;
  const std::filesystem::path beside = file.string() + "." + Uuid::random().to_string() + ".new";
  try {
    build(Database::create(beside), schema);
    FileSystem& files = real_file_system();
    const auto moved = move_to_free_name(files, beside, file);
    if (!moved && moved.error() != std::errc::file_exists)  // another process was quicker: its file is as good
      throw std::system_error(moved.error(), file.string() + ": could not put the new database in place");
    const auto synced = files.sync_directory(file.has_parent_path() ? file.parent_path() : ".");
    if (!synced) throw std::system_error(synced.error(), file.string() + ": could not sync its folder");
  } catch (...) {
    remove_quietly(beside);
    throw;
  }
  remove_quietly(beside);
}

std::int64_t checked_version(const Database& database, const Schema& schema) {
  const bool has_table =
      database.integer("SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'schema_version'") == 1;
  if (!has_table || database.integer("PRAGMA application_id") != schema.application_id)
    refuse(ErrorKind::foreign, database, "is a database, but not " + std::string(schema.title));
  const std::int64_t version = recorded_version(database);
  if (version > schema.version())
    refuse(ErrorKind::newer, database,
           "has version " + std::to_string(version) + " of " + std::string(schema.title) +
               ", this program knows up to " + std::to_string(schema.version()));
  return version;
}

Database open_database(const std::filesystem::path& file, const Schema& schema, OpenOptions options) {
  Database database = Database::open(file, options);
  const std::int64_t version = checked_version(database, schema);
  if (options.access == Access::read_only) {
    if (version < schema.version())
      refuse(ErrorKind::read_only, database, "has an older version, and may not be changed now");
    return database;
  }
  database.use_write_ahead_log();
  if (version == schema.version()) return database;
  Transaction transaction(database);
  apply_missing_steps(database, schema);
  transaction.commit();
  return database;
}

}  // namespace sisu::sqlite
