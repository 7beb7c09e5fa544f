// Between Record and ldns.
#pragma once

#include "relay/naming/record.hpp"
#include "relay/naming/wire/ldns_handles.hpp"

#include <optional>

namespace sisu::relay::naming {

/// Class IN. Nothing if ldns does not take the value.
LdnsRecord to_ldns(const Record& record);

/// Nothing for types and names that we never publish, for another class than IN, and for values that Record refuses.
std::optional<Record> from_ldns(const ldns_rr& record);

/// Nothing for names that RecordName refuses: a wildcard, the root, odd characters.
std::optional<RecordName> name_from_ldns(const ldns_rdf* name);

}  // namespace sisu::relay::naming
