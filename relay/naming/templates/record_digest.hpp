// The digest by which sisumail-relay and sisumail-dns know which set of records they speak of (proto/naming.md).
#pragma once

#include "relay/naming/record.hpp"

#include <string>

namespace sisu::relay::naming {

/// SHA-256 of the set's lines, each with its line feed: 64 hexadecimal digits.
std::string digest_of(const RecordSet& records);

}  // namespace sisu::relay::naming
