// Messages as ldns has them, on their way out.
#pragma once

#include "relay/naming/wire/ldns_handles.hpp"
#include "relay/naming/wire/question.hpp"

namespace sisu::relay::naming {

LdnsPacket question_packet(const Question& question, std::uint16_t id, QuestionFlags flags);

/// Empty if it would be longer than longest_message.
Octets to_octets(const ldns_pkt& packet);

}  // namespace sisu::relay::naming
