#include "relay/naming/providers/signed_answer.hpp"

#include "relay/naming/wire/answer_packet.hpp"

namespace sisu::relay::naming {

Result<LdnsPacket, ProviderError> accept_signed(const Octets& message, TsigSession& tsig, const UpdateServer& server,
                                                Operation operation) {
  auto packet = parse_packet(message);
  if (!packet || !ldns_pkt_qr(packet.get())) return fail(answer_error(server, "answers with a malformed message"));
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  const auto signature = tsig.verify(message, *packet, now);
  const auto code = response_code(*packet);
  const bool refuses_unsigned =
      !signature && signature.error().kind == TsigFailure::Kind::unsigned_answer && code != ResponseCode::no_error;
  if (!signature && !refuses_unsigned) return fail(tsig_error(server, operation, signature.error()));
  if (code != ResponseCode::no_error) return fail(code_error(server, operation, code));
  return packet;
}

}  // namespace sisu::relay::naming
