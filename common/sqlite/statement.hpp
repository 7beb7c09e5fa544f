// A prepared statement, its parameters, and the rows that it gives. Values are bound, never pasted into SQL text.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

struct sqlite3_stmt;

namespace sisu::sqlite {

/// One parameter: NULL, an integer, text (UTF-8) or bytes. A view; what it shows must outlive the call that it is for.
class Value {
 public:
  Value(std::nullopt_t) {}
  Value(std::int64_t number) : held_(number) {}
  Value(std::optional<std::int64_t> number) {
    if (number) held_ = *number;
  }
  Value(std::string_view text) : held_(text) {}
  Value(const std::string& text) : held_(std::string_view(text)) {}
  Value(const char* text) : held_(std::string_view(text)) {}
  Value(std::span<const std::uint8_t> bytes) : held_(bytes) {}

  using Held = std::variant<std::monostate, std::int64_t, std::string_view, std::span<const std::uint8_t>>;
  const Held& held() const { return held_; }

 private:
  Held held_;
};

/// The rows of one run of a statement. While it lives the statement is busy and its read transaction open: let it end
/// before the next write. Columns count from 0.
class Rows {
 public:
  explicit Rows(sqlite3_stmt* statement) : statement_(statement) {}
  ~Rows();
  Rows(const Rows&) = delete;
  Rows& operator=(const Rows&) = delete;

  /// Moves on to the next row; false after the last. Throws Error.
  bool next();

  bool is_null(int column) const;
  std::int64_t integer(int column) const;
  std::optional<std::int64_t> optional_integer(int column) const;
  std::string text(int column) const;
  std::vector<std::uint8_t> bytes(int column) const;

 private:
  sqlite3_stmt* statement_;
};

/// Made by Database::prepare(); must not outlive its database. Used by one thread at a time.
class Statement {
 public:
  /// Binds all parameters (as many as the SQL has) and starts. Throws Error.
  Rows query(std::initializer_list<Value> parameters = {}) const;

  /// The same for a statement whose rows do not matter; returns how many rows it changed. Throws Error.
  int execute(std::initializer_list<Value> parameters = {}) const;

 private:
  friend class Database;
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

}  // namespace sisu::sqlite
