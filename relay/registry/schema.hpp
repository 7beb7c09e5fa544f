// The registry's tables (registry.db). Rules that must hold whoever writes are in the schema itself, as constraints and
// triggers: a name, key or interface identifier that was given out once is never given to another account.
#pragma once

#include "common/sqlite/schema.hpp"

namespace sisu::relay {

const sqlite::Schema& registry_schema();

}  // namespace sisu::relay
