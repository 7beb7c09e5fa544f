// One canonical form for the value of each type, so that two spellings of the same data compare equal.
#pragma once

#include "relay/naming/record.hpp"

namespace sisu::relay::naming {

/// What Record::value holds for `text`, in any presentation form of `type`; a canonical value comes back as it is.
Result<std::string, ValueError> canonical_value(RecordType type, std::string_view text);

}  // namespace sisu::relay::naming
