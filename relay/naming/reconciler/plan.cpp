#include "relay/naming/reconciler/plan.hpp"

namespace sisu::relay::naming {
namespace {

class Planner {
 public:
  Planner(const OwnerRecords& owner, const RecordSet& wanted, const RecordSet& present)
      : owner_(owner), wanted_(wanted), present_(present) {}

  Plan make() {
    for (const auto& record : wanted_) consider_wanted(record);
    for (const auto& [record, state] : owner_.owned) {
      if (!wanted_.contains(record)) consider_given_up(record, state);
    }
    return std::move(plan_);
  }

 private:
  std::optional<Ownership> ownership_of(const Record& record) const {
    const auto found = owner_.owned.find(record);
    return found == owner_.owned.end() ? std::nullopt : std::optional(found->second);
  }

  void consider_wanted(const Record& record) {
    const auto there = present_.find(record);
    const auto state = ownership_of(record);
    if (there == present_.end()) return add(record, state);
    if (!state) return;                                                   // somebody else's, as good as ours
    if (*state == Ownership::removed) return note(record, std::nullopt);  // came back without us
    if (*state == Ownership::intent) note(record, Ownership::written);
    if (there->ttl != record.ttl && !foreign_ttl(record)) plan_.change.add.insert(record);
  }

  void add(const Record& record, std::optional<Ownership> state) {
    if (state != Ownership::intent) note(record, Ownership::intent);
    Record added = record;
    added.ttl = foreign_ttl(record).value_or(record.ttl);
    plan_.change.add.insert(added);
    plan_.after.push_back({record, Ownership::written});
  }

  void consider_given_up(const Record& record, Ownership state) {
    const bool is_there = present_.contains(record);
    switch (state) {
      case Ownership::intent:  // a request of ours may still be on its way: its removal comes behind it
        return remove(record);
      case Ownership::written:
        return is_there ? remove(record) : note(record, Ownership::removed);
      case Ownership::removed:
        if (is_there) note(record, std::nullopt);  // somebody else added it
        return;
    }
  }

  void remove(const Record& record) {
    plan_.change.remove.insert(record);
    plan_.after.push_back({record, Ownership::removed});
  }

  /// An RRset has one TTL (RFC 2181 5.2): where others have records in it, it is theirs, and a name server would change
  /// it with the first record of ours that has another.
  std::optional<Ttl> foreign_ttl(const Record& record) const {
    for (const auto& other : present_) {
      if (other.name == record.name && other.type == record.type && !owner_.owned.contains(other)) return other.ttl;
    }
    return std::nullopt;
  }

  void note(const Record& record, std::optional<Ownership> to) { plan_.before.push_back({record, to}); }

  const OwnerRecords& owner_;
  const RecordSet& wanted_;
  const RecordSet& present_;
  Plan plan_;
};

}  // namespace

Plan make_plan(const OwnerRecords& owner, const RecordSet& wanted, const RecordSet& present) {
  return Planner(owner, wanted, present).make();
}

std::vector<OwnershipChange> settle_intents(const Plan& plan, const RecordSet& present) {
  std::vector<OwnershipChange> changes;
  for (const auto& [record, to] : plan.after) {
    if (to != Ownership::written) continue;
    changes.push_back({record, present.contains(record) ? std::optional(Ownership::written) : std::nullopt});
  }
  return changes;
}

}  // namespace sisu::relay::naming
