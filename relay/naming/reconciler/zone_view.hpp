// What the provider has, by name: so that one reading of the whole zone serves many owners.
#pragma once

#include "relay/naming/reconciler/owner_records.hpp"

#include <map>
#include <set>
#include <vector>

namespace sisu::relay::naming {

/// The names that an owner's wanted and owned records stand under.
std::set<RecordName> names_of(const OwnerRecords& owner);

class ZoneView {
 public:
  ZoneView() = default;
  explicit ZoneView(const RecordSet& records);

  RecordSet under(const std::set<RecordName>& names) const;

 private:
  std::map<RecordName, std::vector<Record>> by_name_;
};

}  // namespace sisu::relay::naming
