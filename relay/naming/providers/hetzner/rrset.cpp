#include "relay/naming/providers/hetzner/rrset.hpp"

#include <algorithm>

namespace sisu::relay::naming::hetzner {
namespace {

using ByKey = std::map<RrsetKey, std::vector<const Record*>>;

ByKey by_key(const RecordSet& records) {
  ByKey result;
  for (const auto& record : records) result[{record.name, record.type}].push_back(&record);
  return result;
}

/// Additions come in this order, removals in the opposite one.
int rank(RecordType type) {
  switch (type) {
    case RecordType::a:
    case RecordType::aaaa:
      return 0;
    case RecordType::tlsa:
    case RecordType::caa:
    case RecordType::txt:
      return 1;
    case RecordType::mx:
      return 2;
  }
  return 2;
}

/// A set has one TTL (RFC 2181 5.2): the shortest that is asked for.
Ttl shortest_ttl(const std::vector<const Record*>& records) {
  return std::ranges::min(records, {}, [](const Record* record) { return record->ttl; })->ttl;
}

void append_additions(std::vector<Step>& steps, const RrsetKey& key, const std::vector<const Record*>& records,
                      const Rrsets& now) {
  const auto there = now.find(key);
  std::vector<std::string> missing;
  for (const auto* record : records) {
    if (there == now.end() || !there->second.values.contains(record->value)) missing.push_back(record->value);
  }
  const Ttl ttl = shortest_ttl(records);
  if (there == now.end()) {
    steps.push_back({Step::Kind::create, key, std::move(missing), ttl});
    return;
  }
  if (there->second.ttl != ttl) steps.push_back({.kind = Step::Kind::change_ttl, .key = key, .ttl = ttl});
  if (!missing.empty()) steps.push_back({.kind = Step::Kind::add, .key = key, .values = std::move(missing)});
}

void append_removal(std::vector<Step>& steps, const RrsetKey& key, const std::vector<const Record*>& records,
                    const Rrsets& now) {
  const auto there = now.find(key);
  if (there == now.end()) return;
  std::vector<std::string> present;
  for (const auto* record : records) {
    const auto value = there->second.values.find(record->value);
    if (value != there->second.values.end()) present.push_back(value->second);
  }
  if (!present.empty()) steps.push_back({.kind = Step::Kind::remove, .key = key, .values = std::move(present)});
}

}  // namespace

RecordSet to_records(const Rrsets& rrsets, Ttl zone_ttl) {
  RecordSet records;
  for (const auto& [key, rrset] : rrsets) {
    for (const auto& [value, spelling] : rrset.values) {
      records.insert({key.name, key.type, value, rrset.ttl.value_or(zone_ttl)});
    }
  }
  return records;
}

std::vector<Step> steps_to(const Rrsets& now, const Change& change) {
  std::vector<Step> additions;
  std::vector<Step> removals;
  for (const auto& [key, records] : by_key(change.add)) append_additions(additions, key, records, now);
  for (const auto& [key, records] : by_key(change.remove)) append_removal(removals, key, records, now);
  std::ranges::stable_sort(additions, {}, [](const Step& step) { return rank(step.key.type); });
  std::ranges::stable_sort(removals, {}, [](const Step& step) { return -rank(step.key.type); });
  additions.insert(additions.end(), std::make_move_iterator(removals.begin()), std::make_move_iterator(removals.end()));
  return additions;
}

}  // namespace sisu::relay::naming::hetzner
