// A consistent copy of a database that others may be writing to (SQLite's online backup API).
#pragma once

#include "common/sqlite/database.hpp"

namespace sisu::sqlite {

/// Copies all of `source`, as of one commit, to the new file `target`, mode 0600, without a write-ahead log beside it.
/// Writers are not held up. Checked for integrity and durable when it returns; a failure leaves no file. Throws Error,
/// and std::system_error (file_exists: `target` is never overwritten).
void back_up(const Database& source, const std::filesystem::path& target);

}  // namespace sisu::sqlite
