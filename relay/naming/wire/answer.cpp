#include "relay/naming/wire/answer.hpp"

#include "relay/naming/wire/answer_packet.hpp"
#include "relay/naming/wire/record_wire.hpp"

namespace sisu::relay::naming {
namespace {

ldns_rr_type type_of(const Question& question) { return static_cast<ldns_rr_type>(question.type); }

/// A server that refuses may leave the question out.
bool may_lack_question(ResponseCode code) { return code != ResponseCode::no_error && code != ResponseCode::name_error; }

bool asks(const ldns_pkt& packet, const Question& question) {
  const auto* section = ldns_pkt_question(&packet);
  if (ldns_rr_list_rr_count(section) == 0) return may_lack_question(response_code(packet));
  const auto* asked = ldns_rr_list_rr(section, 0);
  const auto name = name_from_ldns(ldns_rr_owner(asked));
  return name && *name == question.name && ldns_rr_get_type(asked) == type_of(question) &&
         ldns_rr_get_class(asked) == LDNS_RR_CLASS_IN;
}

bool covers(const ldns_rr& signature, const Question& question) {
  const auto* covered = ldns_rr_rrsig_typecovered(&signature);
  return covered && ldns_rdf2rr_type(covered) == type_of(question);
}

void take(const ldns_rr& record, const Question& question, Answer& answer) {
  const auto type = ldns_rr_get_type(&record);
  if (type != type_of(question) && type != LDNS_RR_TYPE_RRSIG) return;
  if (name_from_ldns(ldns_rr_owner(&record)) != question.name) return;
  if (type == LDNS_RR_TYPE_RRSIG) {
    answer.has_signatures |= covers(record, question);
    return;
  }
  answer.has_records = true;
  if (auto ours = from_ldns(record)) answer.records.insert(*std::move(ours));
  if (type != LDNS_RR_TYPE_NS) return;
  if (auto server = name_from_ldns(ldns_rr_ns_nsdname(&record))) answer.name_servers.push_back(*std::move(server));
}

}  // namespace

std::string_view describe(AnswerError error) {
  switch (error) {
    case AnswerError::malformed:
      return "a malformed message";
    case AnswerError::not_an_answer:
      return "a message that is no answer";
    case AnswerError::other_question:
      return "an answer to another question";
  }
  return "";
}

LdnsPacket parse_packet(OctetView message) {
  if (!has_sound_layout(message)) return nullptr;
  ldns_pkt* made = nullptr;
  if (ldns_wire2pkt(&made, message.data(), message.size()) != LDNS_STATUS_OK) return nullptr;
  return LdnsPacket(made);
}

ResponseCode response_code(const ldns_pkt& packet) {
  const unsigned upper = ldns_pkt_edns_extended_rcode(&packet);
  return static_cast<ResponseCode>(upper << 4 | static_cast<unsigned>(ldns_pkt_get_rcode(&packet)));
}

Result<Answer, AnswerError> parse_answer(OctetView message, const Question& question) {
  const auto packet = parse_packet(message);
  if (!packet) return fail(AnswerError::malformed);
  if (!ldns_pkt_qr(packet.get()) || ldns_pkt_get_opcode(packet.get()) != LDNS_PACKET_QUERY)
    return fail(AnswerError::not_an_answer);
  if (!asks(*packet, question)) return fail(AnswerError::other_question);
  Answer answer{.id = ldns_pkt_id(packet.get()),
                .code = response_code(*packet),
                .authoritative = ldns_pkt_aa(packet.get()),
                .truncated = ldns_pkt_tc(packet.get()),
                .authenticated = ldns_pkt_ad(packet.get())};
  const auto* section = ldns_pkt_answer(packet.get());
  for (std::size_t i = 0; i < ldns_rr_list_rr_count(section); ++i) take(*ldns_rr_list_rr(section, i), question, answer);
  return answer;
}

}  // namespace sisu::relay::naming
