#include "relay/naming/reconciler/record_tables.hpp"

#include "common/sqlite/error.hpp"
#include "relay/naming/reconciler/record_database.hpp"

namespace sisu::relay::naming {
namespace {

std::optional<std::int64_t> stored(std::optional<WallTime> time) {
  if (!time) return std::nullopt;
  return time->time_since_epoch().count();
}

std::optional<WallTime> to_time(std::optional<std::int64_t> seconds) {
  if (!seconds) return std::nullopt;
  return WallTime(std::chrono::seconds(*seconds));
}

std::string type_text(const Record& record) { return std::string(to_string(record.type)); }

}  // namespace

RecordTables::RecordTables(const sqlite::Database& database)
    : database_(database),
      select_zone_(database.prepare("SELECT value FROM settings WHERE key = 'zone'")),
      insert_zone_(database.prepare("INSERT INTO settings(key, value) VALUES ('zone', ?)")),
      select_signed_(database.prepare("SELECT value FROM settings WHERE key = 'signed'")),
      upsert_signed_(database.prepare("INSERT INTO settings(key, value) VALUES ('signed', ?) "
                                      "ON CONFLICT(key) DO UPDATE SET value = excluded.value")),
      select_owners_(database.prepare("SELECT name, change, live_since IS NOT NULL FROM owners ORDER BY name")),
      select_wanting_(database.prepare("SELECT DISTINCT owner FROM wanted ORDER BY owner")),
      select_owner_(database.prepare("SELECT digest, change, live_since FROM owners WHERE name = ?")),
      insert_owner_(database.prepare("INSERT INTO owners(name, digest, change) VALUES (?, ?, ?)")),
      update_owner_(database.prepare("UPDATE owners SET digest = ?2, change = ?3, live_since = NULL WHERE name = ?1")),
      update_digest_(database.prepare("UPDATE owners SET digest = ?2 WHERE name = ?1")),
      update_live_since_(database.prepare("UPDATE owners SET live_since = ?2 WHERE name = ?1")),
      delete_owner_(database.prepare("DELETE FROM owners WHERE name = ?")),
      select_taken_(
          database.prepare("SELECT 1 FROM wanted WHERE name = ? AND type = ? AND value = ? AND owner <> ? UNION ALL "
                           "SELECT 1 FROM owned WHERE name = ?1 AND type = ?2 AND value = ?3 AND owner <> ?4")),
      select_wanted_(database.prepare("SELECT name, type, value, ttl, live_since FROM wanted WHERE owner = ?")),
      upsert_wanted_(
          database.prepare("INSERT INTO wanted(owner, name, type, value, ttl, live_since) VALUES (?, ?, ?, ?, ?, ?) "
                           "ON CONFLICT(name, type, value) DO UPDATE SET ttl = excluded.ttl")),
      delete_wanted_(database.prepare("DELETE FROM wanted WHERE name = ? AND type = ? AND value = ?")),
      update_record_live_since_(
          database.prepare("UPDATE wanted SET live_since = ?4 WHERE name = ?1 AND type = ?2 AND value = ?3")),
      select_owned_(database.prepare("SELECT name, type, value, 0, state FROM owned WHERE owner = ?")),
      upsert_owned_(database.prepare("INSERT INTO owned(owner, name, type, value, state) VALUES (?, ?, ?, ?, ?) "
                                     "ON CONFLICT(name, type, value) DO UPDATE SET state = excluded.state")),
      delete_owned_(database.prepare("DELETE FROM owned WHERE name = ? AND type = ? AND value = ?")) {}

std::optional<std::string> RecordTables::zone() const {
  sqlite::Rows rows = select_zone_.query();
  if (!rows.next()) return std::nullopt;
  return rows.text(0);
}

void RecordTables::set_zone(const std::string& zone) const { insert_zone_.execute({zone}); }

bool RecordTables::is_zone_signed() const {
  sqlite::Rows rows = select_signed_.query();
  return rows.next() && rows.text(0) == "yes";
}

void RecordTables::set_zone_signed(bool is_signed) const { upsert_signed_.execute({is_signed ? "yes" : "no"}); }

std::vector<OwnerSummary> RecordTables::owners() const {
  std::vector<OwnerSummary> owners;
  for (sqlite::Rows rows = select_owners_.query(); rows.next();)
    owners.push_back({.owner = rows.text(0), .change = rows.integer(1), .live = rows.integer(2) != 0});
  return owners;
}

std::vector<std::string> RecordTables::wanting_owners() const {
  std::vector<std::string> owners;
  for (sqlite::Rows rows = select_wanting_.query(); rows.next();) owners.push_back(rows.text(0));
  return owners;
}

std::optional<OwnerRecords> RecordTables::find_owner(const std::string& owner) const {
  sqlite::Rows rows = select_owner_.query({owner});
  if (!rows.next()) return std::nullopt;
  OwnerRecords found;
  found.owner = owner;
  found.digest = rows.text(0);
  found.change = rows.integer(1);
  found.live_since = to_time(rows.optional_integer(2));
  return found;
}

void RecordTables::add_owner(const std::string& owner, const std::string& digest, std::int64_t change) const {
  insert_owner_.execute({owner, digest, change});
}

void RecordTables::change_owner(const std::string& owner, const std::string& digest, std::int64_t change) const {
  update_owner_.execute({owner, digest, change});
}

void RecordTables::set_digest(const std::string& owner, const std::string& digest) const {
  update_digest_.execute({owner, digest});
}

void RecordTables::set_live_since(const std::string& owner, std::optional<WallTime> since) const {
  update_live_since_.execute({owner, stored(since)});
}

void RecordTables::forget(const std::string& owner) const { delete_owner_.execute({owner}); }

bool RecordTables::is_taken(const Record& record, const std::string& owner) const {
  return select_taken_.query({record.name.to_string(), type_text(record), record.value, owner}).next();
}

Record RecordTables::to_record(const sqlite::Rows& row, const std::string& owner) const {
  auto name = RecordName::parse(row.text(0));
  const auto type = parse_record_type(row.text(1));
  const Ttl ttl(static_cast<std::uint32_t>(row.integer(3)));
  if (name && type) {
    if (auto record = Record::parse(*std::move(name), *type, row.text(2), ttl)) return *std::move(record);
  }
  throw sqlite::Error(sqlite::ErrorKind::corrupt,
                      database_.path().string() + ": a row of " + owner + " holds no record; restore a backup");
}

void RecordTables::load_wanted(OwnerRecords& into) const {
  for (sqlite::Rows rows = select_wanted_.query({into.owner}); rows.next();)
    into.wanted.push_back({.record = to_record(rows, into.owner), .live_since = to_time(rows.optional_integer(4))});
}

void RecordTables::put_wanted(const std::string& owner, const Record& record,
                              std::optional<WallTime> live_since) const {
  upsert_wanted_.execute({owner, record.name.to_string(), type_text(record), record.value,
                          std::int64_t{record.ttl.count()}, stored(live_since)});
}

void RecordTables::drop_wanted(const Record& record) const {
  delete_wanted_.execute({record.name.to_string(), type_text(record), record.value});
}

void RecordTables::set_record_live_since(const Record& record, std::optional<WallTime> since) const {
  update_record_live_since_.execute({record.name.to_string(), type_text(record), record.value, stored(since)});
}

void RecordTables::load_owned(OwnerRecords& into) const {
  for (sqlite::Rows rows = select_owned_.query({into.owner}); rows.next();) {
    const auto state = parse_ownership(rows.text(4));
    if (state) into.owned.emplace(to_record(rows, into.owner), *state);
  }
}

void RecordTables::set_ownership(const std::string& owner, const Record& record, std::optional<Ownership> to) const {
  const auto name = record.name.to_string();
  if (to)
    upsert_owned_.execute({owner, name, type_text(record), record.value, to_string(*to)});
  else
    delete_owned_.execute({name, type_text(record), record.value});
}

}  // namespace sisu::relay::naming
