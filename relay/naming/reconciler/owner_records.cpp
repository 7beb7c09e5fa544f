#include "relay/naming/reconciler/owner_records.hpp"

namespace sisu::relay::naming {

std::string_view to_string(Ownership ownership) {
  switch (ownership) {
    case Ownership::intent:
      return "intent";
    case Ownership::written:
      return "written";
    case Ownership::removed:
      return "removed";
  }
  return "";
}

std::optional<Ownership> parse_ownership(std::string_view text) {
  for (const auto known : {Ownership::intent, Ownership::written, Ownership::removed}) {
    if (text == to_string(known)) return known;
  }
  return std::nullopt;
}

RecordSet OwnerRecords::published(bool zone_is_signed) const {
  RecordSet records;
  for (const auto& [record, since] : wanted) {
    if (zone_is_signed || record.type != RecordType::tlsa) records.insert(record);
  }
  return records;
}

}  // namespace sisu::relay::naming
