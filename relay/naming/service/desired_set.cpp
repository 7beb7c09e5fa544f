#include "relay/naming/service/desired_set.hpp"

#include <algorithm>

namespace sisu::relay::naming {
namespace {

constexpr std::string_view device_key = "3 1 1 ";

Result<Record, std::string> checked(const proto::naming::Record& told) {
  auto name = RecordName::parse(told.name);
  if (!name) return fail(std::string(describe(name.error())));
  const auto type = parse_record_type(told.type);
  if (!type) return fail("the type is not one of A, AAAA, MX, TXT, CAA, TLSA");
  auto record = Record::parse(*std::move(name), *type, told.value, Ttl(told.ttl));
  if (!record) return fail(std::string(describe(record.error())));
  return *std::move(record);
}

std::chrono::seconds age(WallTime since, WallTime now) { return std::max(std::chrono::seconds(0), now - since); }

}  // namespace

Result<DesiredSet, SetRefusal> desired_set(const proto::naming::Set& set, const ZoneLayout& layout,
                                           const PeerRights& rights) {
  const auto owner = Owner::parse(set.owner, layout);
  if (!owner) return fail(SetRefusal{"owner", std::string(describe(owner.error()))});
  if (!rights.may_declare(*owner)) return fail(SetRefusal{"right", "you may not declare " + set.owner});
  DesiredSet desired{.owner = set.owner, .digest = set.digest, .records = {}};
  for (std::size_t i = 0; i < set.records.size(); ++i) {
    const auto record = checked(set.records[i]);
    const auto number = "record " + std::to_string(i + 1) + ": ";
    if (!record) return fail(SetRefusal{"record", number + record.error()});
    if (!owner->may_have(record->name))
      return fail(SetRefusal{"foreign-name", number + record->name.to_string() + " is not a name of " + set.owner});
    desired.records.insert(*record);
  }
  return desired;
}

proto::naming::State state_of(const OwnerRecords& records, const std::string& problem, WallTime wall_now) {
  proto::naming::State state{.owner = records.owner,
                             .digest = records.digest,
                             .live = records.live_since.has_value(),
                             .live_for = {},
                             .tlsa = {},
                             .problem = problem};
  if (records.live_since) state.live_for = age(*records.live_since, wall_now);
  for (const auto& [record, since] : records.wanted) {
    if (record.type != RecordType::tlsa || !since || !record.value.starts_with(device_key)) continue;
    state.tlsa.push_back({.sha256 = record.value.substr(device_key.size()), .live_for = age(*since, wall_now)});
  }
  return state;
}

}  // namespace sisu::relay::naming
