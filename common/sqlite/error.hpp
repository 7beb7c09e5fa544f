// What can go wrong with a SQLite database, sorted by what a person has to do about it.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

struct sqlite3;

namespace sisu::sqlite {

enum class ErrorKind {
  locked,      ///< another connection held a lock for longer than the busy timeout; nothing was changed
  full,        ///< no space on the disk (or in max_page_count); the transaction is rolled back
  corrupt,     ///< not a database, or a damaged one; the file is left as it is
  newer,       ///< written by a later version of the program; left as it is
  foreign,     ///< a database of another program; left as it is
  missing,     ///< there is no such file
  read_only,   ///< the file, its folder or the disk may not be written
  constraint,  ///< a rule of the schema forbids the change
  other,
};

/// What this layer throws. what() is one line for a person: the file, what happened, why, and what to do.
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}
  ErrorKind kind() const { return kind_; }

 private:
  ErrorKind kind_;
};

/// SQLite's (extended) result code as our kind.
ErrorKind kind_of(int result_code);

/// What to do about it, to end a sentence: "free space on its disk, then try again".
std::string_view advice(ErrorKind kind);

/// Throws Error for the last failure of `connection`. `doing` completes "could not ...".
[[noreturn]] void throw_last_error(sqlite3* connection, std::string_view path, std::string_view doing);

}  // namespace sisu::sqlite
