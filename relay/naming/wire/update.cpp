#include "relay/naming/wire/update.hpp"

#include "relay/naming/wire/record_wire.hpp"

namespace sisu::relay::naming {
namespace {

/// RFC 2136 2.5.4: class NONE, TTL 0.
bool push_removal(ldns_rr_list& updates, const Record& record) {
  auto removal = to_ldns(record);
  if (!removal) return false;
  ldns_rr_set_class(removal.get(), LDNS_RR_CLASS_NONE);
  ldns_rr_set_ttl(removal.get(), 0);
  return ldns_rr_list_push_rr(&updates, removal.release());
}

bool push_addition(ldns_rr_list& updates, const Record& record) {
  auto addition = to_ldns(record);
  return addition && ldns_rr_list_push_rr(&updates, addition.release());
}

}  // namespace

LdnsPacket update_packet(const RecordName& zone, const Change& change, std::uint16_t id) {
  const LdnsRecords updates(ldns_rr_list_new());
  for (const auto& record : change.remove) {
    if (!push_removal(*updates, record)) return nullptr;
  }
  for (const auto& record : change.add) {
    if (!push_removal(*updates, record) || !push_addition(*updates, record)) return nullptr;
  }
  // The packet takes the zone's name for its own.
  LdnsPacket packet(ldns_update_pkt_new(ldns_dname_new_frm_str(zone.to_string().c_str()), LDNS_RR_CLASS_IN, nullptr,
                                        updates.get(), nullptr));
  if (!packet) return nullptr;
  ldns_pkt_set_id(packet.get(), id);
  ldns_pkt_set_rd(packet.get(), false);
  return packet;
}

bool answers_update(const ldns_pkt& packet) {
  return ldns_pkt_qr(&packet) && ldns_pkt_get_opcode(&packet) == LDNS_PACKET_UPDATE;
}

}  // namespace sisu::relay::naming
