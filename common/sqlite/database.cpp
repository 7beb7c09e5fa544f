#include "common/sqlite/database.hpp"

#include "common/base/expects.hpp"
#include "common/base/file_system.hpp"
#include "common/sqlite/error.hpp"

#include <sqlite3.h>

#include <system_error>
#include <thread>

namespace sisu::sqlite {
namespace {

constexpr std::uintmax_t smallest_database = 512;  // one page of the smallest size: sqlite.org/fileformat2.html 1.3

void expect_file(const std::filesystem::path& file) {
  std::error_code error;
  const auto status = std::filesystem::status(file, error);
  if (!std::filesystem::exists(status))
    throw Error(ErrorKind::missing,
                file.string() + ": there is no such database; " + std::string(advice(ErrorKind::missing)));
  // SQLite takes an empty file, and one of a few bytes, for a new database. Here it is what a full disk or a bad copy
  // left.
  if (!std::filesystem::is_regular_file(status) || std::filesystem::file_size(file, error) < smallest_database)
    throw Error(ErrorKind::corrupt, file.string() + ": is too short for a database, or not a file; " +
                                        std::string(advice(ErrorKind::corrupt)));
}

/// sqlite.org/security.html: the schema of a file that came from elsewhere (a backup) must not be trusted.
void harden(sqlite3* connection) {
  sqlite3_db_config(connection, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(connection, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  // A file that turns out to be damaged, or not ours, keeps its log: closing would write it in, or throw it away.
  sqlite3_db_config(connection, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
}

}  // namespace

Database::Database(const std::filesystem::path& path, OpenOptions options)
    : path_(path), busy_timeout_(options.busy_timeout) {
  const bool read_only = options.access == Access::read_only;
  const int flags =
      (read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE) | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  sqlite3* connection = nullptr;
  const int opened = sqlite3_open_v2(path.c_str(), &connection, flags, nullptr);
  connection_.reset(connection);
  if (opened != SQLITE_OK) throw_last_error(connection, path.string(), "open it");
  sqlite3_busy_timeout(connection, static_cast<int>(options.busy_timeout.count()));
  harden(connection);
  if (!read_only && sqlite3_db_readonly(connection, "main") == 1)
    throw Error(ErrorKind::read_only,
                path.string() + ": may only be read; " + std::string(advice(ErrorKind::read_only)));
  (void)integer("PRAGMA schema_version");  // the first look at the file: here garbage shows
  run("PRAGMA foreign_keys = ON");
}

Database Database::open(const std::filesystem::path& file, OpenOptions options) {
  expect_file(file);
  return Database(file, options);
}

Database Database::create(const std::filesystem::path& file) {
  const auto made = real_file_system().create(file, 0600);
  if (!made) throw std::system_error(made.error(), file.string() + ": could not make a database");
  return Database(file, {});
}

Statement Database::prepare(std::string_view sql) const {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v3(handle(), sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &statement,
                         nullptr) != SQLITE_OK)
    throw_last_error(handle(), path_.string(), "prepare a statement");
  return Statement(statement);
}

void Database::run(const std::string& script) const {
  if (sqlite3_exec(handle(), script.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
    throw_last_error(handle(), path_.string(), "read or write");
}

std::int64_t Database::integer(std::string_view sql) const {
  const Statement statement = prepare(sql);
  Rows rows = statement.query();
  expects(rows.next(), "a row");
  return rows.integer(0);
}

std::string Database::text(std::string_view sql) const {
  const Statement statement = prepare(sql);
  Rows rows = statement.query();
  expects(rows.next(), "a row");
  return rows.text(0);
}

std::int64_t Database::last_insert_id() const { return sqlite3_last_insert_rowid(handle()); }

/// False where the file system cannot.
bool Database::ask_for_write_ahead_log() const {
  const auto give_up = std::chrono::steady_clock::now() + busy_timeout_;
  for (;;) {
    try {
      return text("PRAGMA journal_mode = WAL") == "wal";
    } catch (const Error& error) {
      // To change the journal SQLite wants the file for itself, and asks for that once: the busy timeout does not hold.
      if (error.kind() != ErrorKind::locked || std::chrono::steady_clock::now() >= give_up) throw;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

void Database::use_write_ahead_log() const {
  if (!ask_for_write_ahead_log())
    throw Error(ErrorKind::other, path_.string() +
                                      ": its file system cannot hold a write-ahead log (shared memory is "
                                      "missing: a network mount?); use a local disk");
  run("PRAGMA synchronous = FULL");
  sqlite3_db_config(handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, nullptr);
}

std::int64_t Database::data_version() const { return integer("PRAGMA data_version"); }

std::vector<std::string> Database::integrity_findings() const {
  std::vector<std::string> findings;
  const Statement pages = prepare("PRAGMA integrity_check");
  for (Rows rows = pages.query(); rows.next();)
    if (const std::string line = rows.text(0); line != "ok") findings.push_back(line);
  const Statement references = prepare("PRAGMA foreign_key_check");
  for (Rows rows = references.query(); rows.next();)
    findings.push_back("a row of " + rows.text(0) + " names one of " + rows.text(2) + " that is not there");
  return findings;
}

void Database::Close::operator()(sqlite3* connection) const { sqlite3_close_v2(connection); }

}  // namespace sisu::sqlite
