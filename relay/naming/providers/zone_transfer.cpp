#include "relay/naming/providers/zone_transfer.hpp"

#include "relay/naming/providers/signed_answer.hpp"
#include "relay/naming/transport/message_connection.hpp"
#include "relay/naming/wire/question_packet.hpp"
#include "relay/naming/wire/record_wire.hpp"

namespace sisu::relay::naming {
namespace {

/// RFC 5936 2.2: the zone's SOA, its other records, the SOA again.
class Transfer {
 public:
  Transfer(const TsigKey& key, const UpdateServer& server) : server_(server), tsig_(key) {}

  Octets request(const RecordName& zone) { return tsig_.sign(*question_packet({zone, QuestionType::axfr}, id_, {})); }

  /// True with the last message.
  Result<bool, ProviderError> take(const Octets& message) {
    const auto packet = accept_signed(message, tsig_, server_, Operation::transfer);
    if (!packet) return fail(packet.error());
    if (ldns_pkt_id(packet->get()) != id_)
      return fail(answer_error(server_, "sends what does not belong to the zone transfer"));
    const auto* section = ldns_pkt_answer(packet->get());
    for (std::size_t i = 0; i < ldns_rr_list_rr_count(section); ++i) {
      const auto* record = ldns_rr_list_rr(section, i);
      const bool is_soa = ldns_rr_get_type(record) == LDNS_RR_TYPE_SOA;
      if (is_soa && begun_) return true;
      if (!is_soa && !begun_) return fail(answer_error(server_, "sends a zone transfer that begins without SOA"));
      begun_ = true;
      if (auto ours = from_ldns(*record)) records_.insert(records_.end(), *std::move(ours));
    }
    return false;
  }

  RecordSet take_records() { return std::move(records_); }

 private:
  const UpdateServer& server_;
  TsigSession tsig_;
  std::uint16_t id_ = random_message_id();
  bool begun_ = false;
  RecordSet records_;
};

}  // namespace

Result<RecordSet, ProviderError> transfer_zone(const Rfc2136Options& options, const UpdateServer& server,
                                               const Interrupt& interrupt) {
  using std::chrono::steady_clock;
  auto connection = MessageConnection::open(options.server, steady_clock::now() + options.connect_timeout, &interrupt);
  if (!connection) return fail(ProviderError{.what = connection.error().what});
  Transfer transfer(options.key, server);
  connection->send(transfer.request(options.zone));
  for (std::size_t received = 0; received <= options.largest_transfer;) {
    const auto message = connection->receive(steady_clock::now() + options.answer_timeout);
    if (!message) return fail(ProviderError{.what = message.error().what});
    received += message->size();
    const auto done = transfer.take(*message);
    if (!done) return fail(done.error());
    if (*done) return transfer.take_records();
  }
  return fail(answer_error(server, "the zone transfer is longer than " + std::to_string(options.largest_transfer) +
                                       " octets; this is the limit"));
}

}  // namespace sisu::relay::naming
