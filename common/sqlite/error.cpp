#include "common/sqlite/error.hpp"

#include <sqlite3.h>

namespace sisu::sqlite {

ErrorKind kind_of(int result_code) {
  const int primary = result_code & 0xFF;  // sqlite.org/rescode.html: the extended codes keep it in the low byte
  if (primary == SQLITE_BUSY || primary == SQLITE_LOCKED) return ErrorKind::locked;
  if (primary == SQLITE_FULL) return ErrorKind::full;
  // Growing the memory-mapped index beside the database is reported apart from "full", but means it.
  if (result_code == SQLITE_IOERR_SHMSIZE) return ErrorKind::full;
  if (primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB) return ErrorKind::corrupt;
  if (primary == SQLITE_READONLY || primary == SQLITE_PERM) return ErrorKind::read_only;
  if (primary == SQLITE_CONSTRAINT) return ErrorKind::constraint;
  return ErrorKind::other;
}

std::string_view advice(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::locked:
      return "another process holds it: end that process, or try again";
    case ErrorKind::full:
      return "free space on its disk, then try again; nothing was changed";
    case ErrorKind::corrupt:
      return "it was left as it is: keep a copy, then restore a backup";
    case ErrorKind::newer:
      return "it was left as it is: run the newer version of the program";
    case ErrorKind::foreign:
      return "it was left as it is: name another file";
    case ErrorKind::missing:
      return "check the path, or restore a backup";
    case ErrorKind::read_only:
      return "give this user the right to write to it and to its folder";
    case ErrorKind::constraint:
      return "nothing was changed";
    case ErrorKind::other:
      return "see the reason";
  }
  return "";
}

void throw_last_error(sqlite3* connection, std::string_view path, std::string_view doing) {
  const int code = connection == nullptr ? SQLITE_NOMEM : sqlite3_extended_errcode(connection);
  const char* reason = connection == nullptr ? "out of memory" : sqlite3_errmsg(connection);
  const ErrorKind kind = kind_of(code);
  throw Error(kind, std::string(path) + ": could not " + std::string(doing) + ": " + reason + " (SQLite code " +
                        std::to_string(code) + "); " + std::string(advice(kind)));
}

}  // namespace sisu::sqlite
