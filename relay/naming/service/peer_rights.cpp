#include "relay/naming/service/peer_rights.hpp"

namespace sisu::relay::naming {

PeerRights rights_of(uid_t peer, const PeerUsers& users) {
  const bool is_relay = users.relay == peer;
  return {.declares_users = is_relay,
          .declares_spool = users.tier2 == peer,
          .asks = is_relay || peer == 0 || peer == users.own};
}

}  // namespace sisu::relay::naming
