#include "relay/naming/reconciler/record_database.hpp"

#include "common/sqlite/error.hpp"
#include "common/sqlite/transaction.hpp"
#include "relay/naming/reconciler/record_tables.hpp"
#include "relay/naming/reconciler/schema.hpp"

#include <algorithm>

namespace sisu::relay::naming {
namespace {

sqlite::Database open_or_make(const std::filesystem::path& file) {
  sqlite::create_database(file, record_schema());
  return sqlite::open_database(file, record_schema());
}

bool is_same(const std::vector<WantedRecord>& wanted, const RecordSet& records) {
  return wanted.size() == records.size() && std::ranges::all_of(wanted, [&](const WantedRecord& known) {
           const auto found = records.find(known.record);
           return found != records.end() && found->ttl == known.record.ttl;
         });
}

}  // namespace

RecordDatabase::RecordDatabase(const std::filesystem::path& file, const RecordName& zone)
    : database_(open_or_make(file)), tables_(std::make_unique<RecordTables>(database_)) {
  check_zone(zone);
  last_change_ = database_.integer("SELECT coalesce(max(change), 0) FROM owners");
}

RecordDatabase::~RecordDatabase() = default;

void RecordDatabase::check_zone(const RecordName& zone) {
  const auto known = tables_->zone();
  if (!known) return tables_->set_zone(zone.to_string());
  if (*known == zone.to_string()) return;
  throw sqlite::Error(sqlite::ErrorKind::foreign, database_.path().string() + ": it is of the zone " + *known +
                                                      ", not of " + zone.to_string() +
                                                      ": give each zone a state directory of its own");
}

std::vector<SetOutcome> RecordDatabase::store(std::span<const DesiredSet> sets) {
  const std::lock_guard lock(mutex_);
  sqlite::Transaction transaction(database_);
  std::vector<SetOutcome> outcomes;
  for (const auto& set : sets) outcomes.push_back(store_one(set));
  transaction.commit();
  return outcomes;
}

SetOutcome RecordDatabase::store_one(const DesiredSet& set) {
  const auto before = tables_->find_owner(set.owner);
  if (!before && set.records.empty()) return SetOutcome::nothing;
  if (before && before->digest == set.digest) return SetOutcome::unchanged;
  if (std::ranges::any_of(set.records, [&](const Record& record) { return tables_->is_taken(record, set.owner); }))
    return SetOutcome::taken;
  if (before) {
    const auto known = load_one(set.owner);
    if (is_same(known.wanted, set.records)) {
      tables_->set_digest(set.owner, set.digest);
      return SetOutcome::unchanged;
    }
    tables_->change_owner(set.owner, set.digest, ++last_change_);
    replace_wanted(known, set.records);
  } else {
    tables_->add_owner(set.owner, set.digest, ++last_change_);
    for (const auto& record : set.records) tables_->put_wanted(set.owner, record, std::nullopt);
  }
  return SetOutcome::stored;
}

/// What stays keeps the time since which it is live.
void RecordDatabase::replace_wanted(const OwnerRecords& before, const RecordSet& records) {
  std::map<Record, std::optional<WallTime>, SameRecord> live_since;
  for (const auto& [record, since] : before.wanted) {
    live_since.emplace(record, since);
    if (!records.contains(record)) tables_->drop_wanted(record);
  }
  for (const auto& record : records) {
    const auto known = live_since.find(record);
    tables_->put_wanted(before.owner, record, known == live_since.end() ? std::nullopt : known->second);
  }
}

bool RecordDatabase::is_zone_signed() const {
  const std::lock_guard lock(mutex_);
  return tables_->is_zone_signed();
}

void RecordDatabase::note_zone_signed(bool is_signed) {
  const std::lock_guard lock(mutex_);
  tables_->set_zone_signed(is_signed);
}

std::vector<std::string> RecordDatabase::wanting_owners() const {
  const std::lock_guard lock(mutex_);
  return tables_->wanting_owners();
}

std::vector<std::string> RecordDatabase::empty(std::span<const std::string> owners) {
  const std::lock_guard lock(mutex_);
  sqlite::Transaction transaction(database_);
  std::vector<std::string> emptied;
  for (const auto& owner : owners) {
    const auto known = load_one(owner);
    if (known.wanted.empty()) continue;
    tables_->change_owner(owner, "", ++last_change_);
    replace_wanted(known, {});
    emptied.push_back(owner);
  }
  transaction.commit();
  return emptied;
}

std::vector<OwnerSummary> RecordDatabase::owners() const {
  const std::lock_guard lock(mutex_);
  return tables_->owners();
}

OwnerRecords RecordDatabase::load_one(const std::string& owner) const {
  OwnerRecords records = tables_->find_owner(owner).value_or(OwnerRecords{});
  tables_->load_wanted(records);
  tables_->load_owned(records);
  return records;
}

std::vector<OwnerRecords> RecordDatabase::load(std::span<const std::string> owners) const {
  const std::lock_guard lock(mutex_);
  std::vector<OwnerRecords> found;
  for (const auto& owner : owners) {
    auto records = load_one(owner);
    if (!records.owner.empty()) found.push_back(std::move(records));
  }
  return found;
}

std::vector<OwnerRecords> RecordDatabase::load_all() const {
  const std::lock_guard lock(mutex_);
  std::vector<OwnerRecords> all;
  for (const auto& summary : tables_->owners()) all.push_back(load_one(summary.owner));
  return all;
}

void RecordDatabase::store_ownership(std::span<const OwnedChanges> changes) {
  const bool is_work = std::ranges::any_of(changes, [](const OwnedChanges& some) { return !some.changes.empty(); });
  if (!is_work) return;
  const std::lock_guard lock(mutex_);
  sqlite::Transaction transaction(database_);
  for (const auto& [owner, records] : changes) {
    for (const auto& [record, to] : records) tables_->set_ownership(owner, record, to);
  }
  transaction.commit();
}

std::vector<RecordDatabase::Seen> RecordDatabase::store_sightings(std::span<const Sighting> sightings, WallTime now) {
  const std::lock_guard lock(mutex_);
  sqlite::Transaction transaction(database_);
  std::vector<Seen> outcomes;
  for (const auto& sighting : sightings) outcomes.push_back(store_sighting(sighting, now));
  transaction.commit();
  return outcomes;
}

/// A server that gave no answer makes nothing live that was not, and ends nothing that was.
RecordDatabase::Seen RecordDatabase::store_sighting(const Sighting& sighting, WallTime now) {
  const auto known = load_one(sighting.owner);
  Seen seen{.owner = sighting.owner};
  if (known.owner.empty()) {
    seen.is_gone = true;
    return seen;
  }
  for (const auto& [record, since] : known.wanted) {
    const bool is_missing = sighting.missing.contains(record) || sighting.withheld.contains(record);
    if (is_missing && since) tables_->set_record_live_since(record, std::nullopt);
    if (!is_missing && !since && sighting.complete && known.change == sighting.change)
      tables_->set_record_live_since(record, now);
    if (!is_missing && since && *since > now) tables_->set_record_live_since(record, now);  // the clock was set back
    seen.changed |= is_missing ? since.has_value() : !since && sighting.complete;
  }
  if (known.change != sighting.change) {
    seen.is_stale = true;
    return seen;
  }
  bool is_empty = known.wanted.empty();
  for (const auto& [record, state] : known.owned) {
    const bool is_gone = state == Ownership::removed && sighting.complete && !sighting.surplus.contains(record);
    if (is_gone) tables_->set_ownership(sighting.owner, record, std::nullopt);
    is_empty &= is_gone;
  }
  const bool is_right = sighting.missing.empty() && sighting.surplus.empty();
  seen.live = is_right && (sighting.complete || known.live_since);
  seen.changed |= seen.live != known.live_since.has_value();
  if (seen.live != known.live_since.has_value())
    tables_->set_live_since(sighting.owner, seen.live ? std::optional(now) : std::nullopt);
  if (is_empty) tables_->forget(sighting.owner);
  seen.is_gone = is_empty;
  return seen;
}

}  // namespace sisu::relay::naming
