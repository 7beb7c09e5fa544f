// The tables of sisumail-dns (names.db): what each owner wants, and which records we have written or were about to.
#pragma once

#include "common/sqlite/schema.hpp"

namespace sisu::relay::naming {

const sqlite::Schema& record_schema();

}  // namespace sisu::relay::naming
