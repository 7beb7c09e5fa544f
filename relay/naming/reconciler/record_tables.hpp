// The statements on the tables of names.db, one function each. No policy; the caller holds the transaction and the
// lock. Throws sqlite::Error; ErrorKind::corrupt for a row that holds no record.
#pragma once

#include "common/sqlite/database.hpp"
#include "relay/naming/reconciler/owner_records.hpp"

#include <optional>
#include <string>
#include <vector>

namespace sisu::relay::naming {

struct OwnerSummary;

class RecordTables {
 public:
  explicit RecordTables(const sqlite::Database& database);

  std::optional<std::string> zone() const;
  void set_zone(const std::string& zone) const;
  bool is_zone_signed() const;  ///< as last set; false before
  void set_zone_signed(bool is_signed) const;

  std::vector<OwnerSummary> owners() const;         ///< by name
  std::vector<std::string> wanting_owners() const;  ///< by name
  /// Without its records.
  std::optional<OwnerRecords> find_owner(const std::string& owner) const;
  void add_owner(const std::string& owner, const std::string& digest, std::int64_t change) const;
  /// It is not live any more.
  void change_owner(const std::string& owner, const std::string& digest, std::int64_t change) const;
  void set_digest(const std::string& owner, const std::string& digest) const;
  void set_live_since(const std::string& owner, std::optional<WallTime> since) const;
  /// One that wants nothing and owns nothing.
  void forget(const std::string& owner) const;

  bool is_taken(const Record& record, const std::string& owner) const;  ///< wanted by another one
  void load_wanted(OwnerRecords& into) const;
  void put_wanted(const std::string& owner, const Record& record, std::optional<WallTime> live_since) const;
  void drop_wanted(const Record& record) const;
  void set_record_live_since(const Record& record, std::optional<WallTime> since) const;

  void load_owned(OwnerRecords& into) const;
  void set_ownership(const std::string& owner, const Record& record, std::optional<Ownership> to) const;

 private:
  Record to_record(const sqlite::Rows& row, const std::string& owner) const;

  const sqlite::Database& database_;
  sqlite::Statement select_zone_, insert_zone_, select_signed_, upsert_signed_, select_owners_, select_wanting_,
      select_owner_, insert_owner_, update_owner_, update_digest_, update_live_since_, delete_owner_, select_taken_,
      select_wanted_, upsert_wanted_, delete_wanted_, update_record_live_since_, select_owned_, upsert_owned_,
      delete_owned_;
};

}  // namespace sisu::relay::naming
