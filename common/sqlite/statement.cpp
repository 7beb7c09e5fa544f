#include "common/sqlite/statement.hpp"

#include "common/base/expects.hpp"
#include "common/sqlite/error.hpp"

#include <sqlite3.h>

namespace sisu::sqlite {
namespace {

[[noreturn]] void throw_error_of(sqlite3_stmt* statement) {
  sqlite3* connection = sqlite3_db_handle(statement);
  const char* path = sqlite3_db_filename(connection, "main");
  throw_last_error(connection, path == nullptr ? "database" : path, "read or write");
}

struct Binder {
  sqlite3_stmt* statement;
  int index;

  int operator()(std::monostate) const { return sqlite3_bind_null(statement, index); }
  int operator()(std::int64_t number) const { return sqlite3_bind_int64(statement, index, number); }
  int operator()(std::string_view text) const {
    // A null pointer would bind NULL; empty text is not that.
    return sqlite3_bind_text64(statement, index, text.empty() ? "" : text.data(), text.size(), SQLITE_TRANSIENT,
                               SQLITE_UTF8);
  }
  int operator()(std::span<const std::uint8_t> bytes) const {
    if (bytes.empty()) return sqlite3_bind_zeroblob(statement, index, 0);
    return sqlite3_bind_blob64(statement, index, bytes.data(), bytes.size(), SQLITE_TRANSIENT);
  }
};

void bind_all(sqlite3_stmt* statement, std::initializer_list<Value> parameters) {
  expects(sqlite3_bind_parameter_count(statement) == static_cast<int>(parameters.size()), "a value for each parameter");
  int index = 0;
  for (const Value& value : parameters) {
    ++index;
    if (std::visit(Binder{statement, index}, value.held()) != SQLITE_OK) throw_error_of(statement);
  }
}

}  // namespace

Rows::~Rows() {
  sqlite3_reset(statement_);  // repeats the error of the last step, which next() has thrown already
  sqlite3_clear_bindings(statement_);
}

bool Rows::next() {
  const int result = sqlite3_step(statement_);
  if (result == SQLITE_ROW) return true;
  if (result == SQLITE_DONE) return false;
  throw_error_of(statement_);
}

bool Rows::is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }

std::int64_t Rows::integer(int column) const { return sqlite3_column_int64(statement_, column); }

std::optional<std::int64_t> Rows::optional_integer(int column) const {
  if (is_null(column)) return std::nullopt;
  return integer(column);
}

std::string Rows::text(int column) const {
  const auto* text = sqlite3_column_text(statement_, column);
  if (text == nullptr) return {};
  return {reinterpret_cast<const char*>(text), static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

std::vector<std::uint8_t> Rows::bytes(int column) const {
  const auto* begin = static_cast<const std::uint8_t*>(sqlite3_column_blob(statement_, column));
  if (begin == nullptr) return {};
  return {begin, begin + sqlite3_column_bytes(statement_, column)};
}

Rows Statement::query(std::initializer_list<Value> parameters) const {
  expects(sqlite3_stmt_busy(statement_.get()) == 0, "the rows of the last run to be gone");
  bind_all(statement_.get(), parameters);
  return Rows(statement_.get());
}

int Statement::execute(std::initializer_list<Value> parameters) const {
  Rows rows = query(parameters);
  while (rows.next()) {
  }
  return sqlite3_changes(sqlite3_db_handle(statement_.get()));
}

void Statement::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

}  // namespace sisu::sqlite
