#include "relay/naming/wire/question.hpp"

#include "common/base/expects.hpp"
#include "relay/naming/wire/question_packet.hpp"

namespace sisu::relay::naming {

QuestionType question_type(RecordType type) {
  switch (type) {
    case RecordType::a:
      return QuestionType::a;
    case RecordType::aaaa:
      return QuestionType::aaaa;
    case RecordType::mx:
      return QuestionType::mx;
    case RecordType::txt:
      return QuestionType::txt;
    case RecordType::caa:
      return QuestionType::caa;
    case RecordType::tlsa:
      return QuestionType::tlsa;
  }
  return QuestionType::a;
}

LdnsPacket question_packet(const Question& question, std::uint16_t id, QuestionFlags flags) {
  std::uint16_t bits = 0;
  if (flags.recursion_desired) bits |= LDNS_RD;
  if (flags.checking_disabled) bits |= LDNS_CD;
  ldns_pkt* made = nullptr;
  const auto status = ldns_pkt_query_new_frm_str(&made, question.name.to_string().c_str(),
                                                 static_cast<ldns_rr_type>(question.type), LDNS_RR_CLASS_IN, bits);
  LdnsPacket packet(made);
  expects(status == LDNS_STATUS_OK, "a record name is a name to ldns");
  ldns_pkt_set_id(packet.get(), id);
  if (question.type != QuestionType::axfr) {
    ldns_pkt_set_edns_udp_size(packet.get(), largest_datagram);
    ldns_pkt_set_edns_do(packet.get(), flags.dnssec_ok);
  }
  return packet;
}

Octets to_octets(const ldns_pkt& packet) {
  std::uint8_t* made = nullptr;
  std::size_t size = 0;
  if (ldns_pkt2wire(&made, &packet, &size) != LDNS_STATUS_OK) return {};
  const LdnsOctets owner(made);
  return {made, made + size};
}

Octets encode_question(const Question& question, std::uint16_t id, QuestionFlags flags) {
  return to_octets(*question_packet(question, id, flags));
}

}  // namespace sisu::relay::naming
