// The table recent_claims: how many names were claimed lately, from where. It lies in the database so that a restart,
// or a second process, resets no limit. The caller holds the transaction.
#pragma once

#include "common/sqlite/database.hpp"
#include "relay/registry/claim.hpp"

namespace sisu::relay {

/// Every function throws sqlite::Error.
class ClaimLedger {
 public:
  ClaimLedger(const sqlite::Database& database, const ClaimRules& rules);

  bool is_prefix_over_limit(const IpAddress& source, Time now) const;
  bool is_over_limit(Time now) const;
  /// Records a claim, and forgets those outside the window.
  void record(const IpAddress& source, Time now) const;

 private:
  std::int64_t window_begin(Time now) const;

  const ClaimRules& rules_;
  sqlite::Statement count_prefix_, first_in_window_, last_, insert_, delete_;
};

}  // namespace sisu::relay
