// names.db: what every owner wants, and what we own in the zone. Each function is one transaction, on disk when it
// returns. Safe from any thread. Throws sqlite::Error.
#pragma once

#include "common/sqlite/database.hpp"
#include "relay/naming/reconciler/owner_records.hpp"
#include "relay/naming/reconciler/plan.hpp"

#include <filesystem>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

namespace sisu::relay::naming {

class RecordTables;

enum class SetOutcome {
  stored,
  unchanged,  ///< the digest, or every record, is as it was
  nothing,    ///< an empty set of an owner that has nothing: nothing was stored
  taken,      ///< another owner has one of the records: nothing was stored
};

struct OwnerSummary {
  std::string owner;
  std::int64_t change = 0;
  bool live = false;
};

/// What the authoritative servers said of an owner's set as of `change`.
struct Sighting {
  std::string owner;
  std::int64_t change = 0;
  RecordSet missing;
  RecordSet surplus;
  RecordSet withheld;     ///< wanted, but not published: TLSA without a signed zone
  bool complete = false;  ///< every server answered everything
};

class RecordDatabase {
 public:
  /// Opens, or makes, the database of `zone`. Throws sqlite::Error (foreign: it is of another zone) and
  /// std::system_error.
  RecordDatabase(const std::filesystem::path& file, const RecordName& zone);
  ~RecordDatabase();

  /// One transaction for all; an outcome for each, in their order.
  std::vector<SetOutcome> store(std::span<const DesiredSet> sets);
  /// As the provider last said, before a restart too; false before it ever did.
  bool is_zone_signed() const;
  void note_zone_signed(bool is_signed);
  /// Who wants records.
  std::vector<std::string> wanting_owners() const;
  /// Empties the sets of `owners`, and names those that had one.
  std::vector<std::string> empty(std::span<const std::string> owners);

  std::vector<OwnerSummary> owners() const;
  /// Those of `owners` that are there.
  std::vector<OwnerRecords> load(std::span<const std::string> owners) const;
  std::vector<OwnerRecords> load_all() const;

  struct OwnedChanges {
    std::string owner;
    std::vector<OwnershipChange> changes;
  };
  void store_ownership(std::span<const OwnedChanges> changes);

  struct Seen {
    std::string owner;
    bool live = false;      ///< the whole set
    bool changed = false;   ///< something that a state tells is otherwise than before
    bool is_gone = false;   ///< it wanted nothing and has nothing left: forgotten
    bool is_stale = false;  ///< a newer set came meanwhile: nothing was stored of its being live
  };
  std::vector<Seen> store_sightings(std::span<const Sighting> sightings, WallTime now);

 private:
  SetOutcome store_one(const DesiredSet& set);
  void replace_wanted(const OwnerRecords& before, const RecordSet& records);
  OwnerRecords load_one(const std::string& owner) const;
  Seen store_sighting(const Sighting& sighting, WallTime now);
  void check_zone(const RecordName& zone);

  mutable std::mutex mutex_;
  sqlite::Database database_;
  std::unique_ptr<RecordTables> tables_;
  std::int64_t last_change_ = 0;
};

}  // namespace sisu::relay::naming
