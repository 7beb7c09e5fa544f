// One connection to a SQLite database file. Opening never makes a file: a lost or emptied one is an error, not silently
// a new database.
#pragma once

#include "common/sqlite/statement.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

struct sqlite3;

namespace sisu::sqlite {

enum class Access { read_write, read_only };

struct OpenOptions {
  Access access = Access::read_write;
  std::chrono::milliseconds busy_timeout{5000};  ///< how long a lock of another connection is waited for
};

/// Movable; used by one thread at a time. Its statements must be gone before it is.
class Database {
 public:
  /// Opens a file that is there, with foreign keys enforced. Reads its first page and writes nothing. Throws Error:
  /// missing, corrupt (an empty file, too), read_only, locked.
  static Database open(const std::filesystem::path& file, OpenOptions options = {});

  /// An empty database in a new file, mode 0600, not durable yet. Throws Error, and std::system_error (file_exists).
  static Database create(const std::filesystem::path& file);

  /// Throws Error if the SQL is wrong for this database.
  Statement prepare(std::string_view sql) const;

  /// Runs a script: statements without parameters. Throws Error.
  void run(const std::string& script) const;

  /// The first column of the first row, as an integer or as text.
  std::int64_t integer(std::string_view sql) const;
  std::string text(std::string_view sql) const;

  /// The row id that this connection's last INSERT gave.
  std::int64_t last_insert_id() const;

  /// Write-ahead log, each commit synced to disk before it counts (synchronous=FULL). Throws Error where the file
  /// system cannot do that, and locked.
  void use_write_ahead_log() const;

  /// A number that another connection's commit changes, and this connection's own does not.
  std::int64_t data_version() const;

  /// PRAGMA integrity_check and foreign_key_check: one line per finding, none if all is well.
  std::vector<std::string> integrity_findings() const;

  const std::filesystem::path& path() const { return path_; }
  sqlite3* handle() const { return connection_.get(); }

 private:
  struct Close {
    void operator()(sqlite3* connection) const;
  };
  Database(const std::filesystem::path& path, OpenOptions options);

  bool ask_for_write_ahead_log() const;

  std::filesystem::path path_;
  std::chrono::milliseconds busy_timeout_;
  std::unique_ptr<sqlite3, Close> connection_;
};

}  // namespace sisu::sqlite
