// Messages as ldns has them, on their way in.
#pragma once

#include "relay/naming/wire/ldns_handles.hpp"
#include "relay/naming/wire/message.hpp"

namespace sisu::relay::naming {

/// Null if it is no DNS message. ldns sees only what has_sound_layout: it loses memory over a second TSIG.
LdnsPacket parse_packet(OctetView message);

/// With the bits that EDNS adds.
ResponseCode response_code(const ldns_pkt& packet);

}  // namespace sisu::relay::naming
