// Answers of name servers, plain and signed: no crash, no leak, and a record that is taken survives the wire.
#include "relay/naming/wire/answer.hpp"
#include "relay/naming/wire/answer_packet.hpp"
#include "relay/naming/wire/question_packet.hpp"
#include "relay/naming/wire/record_wire.hpp"
#include "relay/naming/wire/tsig_session.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace sisu;
using namespace sisu::relay::naming;

namespace {

const RecordName zone = RecordName::parse("a.").value();
const TsigKey key = TsigKey::parse("hmac-sha256:k:QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=").value();

void answer_of_type(OctetView message, QuestionType type) {
  const auto answer = parse_answer(message, {zone, type});
  if (!answer) return;
  for (const auto& record : answer->records) {
    const auto made = to_ldns(record);
    fuzz::require(made && from_ldns(*made) == record);
  }
}

void signed_answer(OctetView message) {
  const auto packet = parse_packet(message);
  if (!packet) return;
  TsigSession session(key);
  session.sign(*question_packet({zone, QuestionType::axfr}, 1, {}));
  fuzz::require(!session.verify(message, *packet, TsigSession::Time{}));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const OctetView message(data, size);
  for (const auto type : {QuestionType::a, QuestionType::ns, QuestionType::soa, QuestionType::mx, QuestionType::txt,
                          QuestionType::aaaa, QuestionType::dnskey, QuestionType::tlsa, QuestionType::caa})
    answer_of_type(message, type);
  signed_answer(message);
  return 0;
}
