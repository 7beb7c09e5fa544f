// Updates of a zone (RFC 2136): what to send, and what the answer says.
#pragma once

#include "relay/naming/provider.hpp"
#include "relay/naming/wire/ldns_handles.hpp"
#include "relay/naming/wire/message.hpp"

namespace sisu::relay::naming {

/// One transaction: the removed records one by one (RFC 2136 2.5.4), then each added one removed and added (2.5.1):
/// Knot leaves a record that is there as it is, its TTL too, unless it goes and comes in the same update. Null if a
/// value is none to ldns.
LdnsPacket update_packet(const RecordName& zone, const Change& change, std::uint16_t id);

/// Whether `packet` is an answer to an update.
bool answers_update(const ldns_pkt& packet);

}  // namespace sisu::relay::naming
