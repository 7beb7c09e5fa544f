// A database's schema as a list of steps, each applied once and recorded in the table schema_version. A file is made
// whole or not at all, and one that is not ours, or newer than the program, is never touched.
#pragma once

#include "common/sqlite/database.hpp"

#include <cstdint>
#include <span>

namespace sisu::sqlite {

struct Schema {
  std::string_view title;              ///< for messages: "the registry"
  std::int32_t application_id;         ///< PRAGMA application_id: what tells our file from another program's
  std::span<const char* const> steps;  ///< SQL scripts; step i leads to version i + 1. Only ever appended to
  std::int64_t version() const { return static_cast<std::int64_t>(steps.size()); }
};

/// Makes `file`, mode 0600, with the whole schema, under another name first; durable when it returns. A file that is
/// there already is left alone. Throws Error, and std::system_error for what the file system refuses.
void create_database(const std::filesystem::path& file, const Schema& schema);

/// Opens an existing file, refuses what is not `schema`'s (foreign) or newer, then switches to the write-ahead log and
/// applies the missing steps, all in one transaction. With Access::read_only an older version is refused, too. Throws
/// Error.
Database open_database(const std::filesystem::path& file, const Schema& schema, OpenOptions options = {});

/// The version of a database of this schema. Throws Error: foreign, newer.
std::int64_t checked_version(const Database& database, const Schema& schema);

}  // namespace sisu::sqlite
