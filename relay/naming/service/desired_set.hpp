// From a line of a peer's to a set that may be stored: every record checked for its form and for its owner.
#pragma once

#include "proto/naming_messages.hpp"
#include "relay/naming/reconciler/owner.hpp"
#include "relay/naming/reconciler/owner_records.hpp"
#include "relay/naming/service/peer_rights.hpp"

namespace sisu::relay::naming {

struct SetRefusal {
  std::string kind;  ///< for the log: "owner", "right", "record", "foreign-name"
  std::string what;  ///< one line for the peer
};

Result<DesiredSet, SetRefusal> desired_set(const proto::naming::Set& set, const ZoneLayout& layout,
                                           const PeerRights& rights);

/// The state that a peer is told. `wall_now` not before the times in `records`, or they count as now.
proto::naming::State state_of(const OwnerRecords& records, const std::string& problem, WallTime wall_now);

}  // namespace sisu::relay::naming
