// What the database knows of one owner: the set that is wanted, and the records that are ours.
#pragma once

#include "relay/naming/record.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace sisu::relay::naming {

using WallTime = std::chrono::sys_seconds;

/// Why a record is ours (schema.cpp).
enum class Ownership { intent, written, removed };
std::string_view to_string(Ownership ownership);
std::optional<Ownership> parse_ownership(std::string_view text);

struct WantedRecord {
  Record record;
  std::optional<WallTime> live_since;  ///< every authoritative server has served it since; empty: not known to be so
};

struct OwnerRecords {
  std::string owner;
  std::string digest;
  std::int64_t change = 0;
  std::optional<WallTime> live_since;  ///< of the whole set
  std::vector<WantedRecord> wanted;
  std::map<Record, Ownership, SameRecord> owned;

  /// What is to be published: without TLSA in a zone that is not signed.
  RecordSet published(bool zone_is_signed) const;
};

/// The set that somebody wants an owner to have from now on.
struct DesiredSet {
  std::string owner;
  std::string digest;
  RecordSet records;
};

}  // namespace sisu::relay::naming
