// `registry check`: is the database whole, and do the registry's invariants hold?
#pragma once

#include "common/sqlite/database.hpp"

#include <string>
#include <vector>

namespace sisu::relay {

/// One line per finding, none if all is well; `database` is of registry_schema(). Reads only, within one transaction,
/// so it can run beside the daemon. Throws sqlite::Error where the file is too damaged to be read.
std::vector<std::string> check_registry(const sqlite::Database& database);

}  // namespace sisu::relay
