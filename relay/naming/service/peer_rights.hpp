// What the process at the other end may say, by the uid that the kernel has for it (proto/naming.md "Who may say
// what").
#pragma once

#include "relay/naming/reconciler/owner.hpp"

#include <optional>
#include <sys/types.h>

namespace sisu::relay::naming {

struct PeerUsers {
  std::optional<uid_t> relay;
  std::optional<uid_t> tier2;
  uid_t own = 0;  ///< the service's
};

struct PeerRights {
  bool declares_users = false;  ///< and the zone
  bool declares_spool = false;
  bool asks = false;

  bool any() const { return declares_users || declares_spool || asks; }
  bool may_declare(const Owner& owner) const { return owner.is_spool() ? declares_spool : declares_users; }
  bool may_watch(const Owner& owner) const { return may_declare(owner) || asks; }
};

PeerRights rights_of(uid_t peer, const PeerUsers& users);

}  // namespace sisu::relay::naming
