// Authority over names: of all names there are, a user can have challenges answered for one alone, their own u.v6.Z.
#pragma once

#include "relay/naming/record.hpp"

#include <string_view>

namespace sisu::relay::naming {

/// Whether `text`, as a user typed it, is `host`: compared as a whole, case folded, with or without the trailing dot.
/// Whatever is no name of a host (underscores, empty or over-long labels, other octets) is not.
bool is_own_host(std::string_view text, const RecordName& host);

}  // namespace sisu::relay::naming
