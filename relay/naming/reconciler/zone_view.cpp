#include "relay/naming/reconciler/zone_view.hpp"

namespace sisu::relay::naming {

std::set<RecordName> names_of(const OwnerRecords& owner) {
  std::set<RecordName> names;
  for (const auto& [record, live_since] : owner.wanted) names.insert(record.name);
  for (const auto& [record, state] : owner.owned) names.insert(record.name);
  return names;
}

ZoneView::ZoneView(const RecordSet& records) {
  for (const auto& record : records) by_name_[record.name].push_back(record);
}

RecordSet ZoneView::under(const std::set<RecordName>& names) const {
  RecordSet records;
  for (const auto& name : names) {
    const auto found = by_name_.find(name);
    if (found != by_name_.end()) records.insert(found->second.begin(), found->second.end());
  }
  return records;
}

}  // namespace sisu::relay::naming
