// What has to be done for one owner: a pure function of what is wanted, what is ours, and what the provider has.
//
// The rule that everything rests on: a record is ours only if it was not there when we decided to add it. That decision
// is stored (`intent`) before the provider is asked, so a crash in between makes us neither forget what we wrote nor
// claim what others wrote. What is not ours is never removed.
#pragma once

#include "relay/naming/provider.hpp"
#include "relay/naming/reconciler/owner_records.hpp"

#include <vector>

namespace sisu::relay::naming {

/// How the ownership of a record changes; no state: it is not ours any more.
struct OwnershipChange {
  Record record;
  std::optional<Ownership> to;

  bool operator==(const OwnershipChange&) const = default;
};

struct Plan {
  Change change;
  std::vector<OwnershipChange> before;  ///< to be stored before the provider is asked
  std::vector<OwnershipChange> after;   ///< once it has done `change`
};

/// `present` has everything that the provider has under the owner's names, others' records included.
Plan make_plan(const OwnerRecords& owner, const RecordSet& wanted, const RecordSet& present);

/// What a look at the provider tells of the intents of a plan whose change was refused: those that are there are ours,
/// the others were never written.
std::vector<OwnershipChange> settle_intents(const Plan& plan, const RecordSet& present);

}  // namespace sisu::relay::naming
