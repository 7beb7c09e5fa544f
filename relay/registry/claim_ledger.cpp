#include "relay/registry/claim_ledger.hpp"

#include "relay/registry/stored_values.hpp"

namespace sisu::relay {
namespace {

std::optional<std::int64_t> first_integer(sqlite::Rows rows) {
  if (!rows.next()) return std::nullopt;
  return rows.optional_integer(0);
}

}  // namespace

ClaimLedger::ClaimLedger(const sqlite::Database& database, const ClaimRules& rules)
    : rules_(rules),
      count_prefix_(database.prepare("SELECT count(*) FROM recent_claims WHERE source_prefix = ? AND time > ?")),
      first_in_window_(database.prepare("SELECT id FROM recent_claims WHERE time > ? ORDER BY time, id LIMIT 1")),
      last_(database.prepare("SELECT max(id) FROM recent_claims")),
      insert_(database.prepare("INSERT INTO recent_claims(source_prefix, time) VALUES (?, ?)")),
      // A row from the future is of a clock that was wrong; it must not count until that time has come.
      delete_(database.prepare("DELETE FROM recent_claims WHERE time <= ?1 OR time > ?2")) {}

std::int64_t ClaimLedger::window_begin(Time now) const { return stored(now - rules_.claim_window); }

bool ClaimLedger::is_prefix_over_limit(const IpAddress& source, Time now) const {
  const auto claims = first_integer(count_prefix_.query({source_prefix(source).to_string(), window_begin(now)}));
  return claims.value_or(0) >= static_cast<std::int64_t>(rules_.claims_per_prefix);
}

/// Ids are given in order and deleted from the oldest on, so the distance counts the rows without reading them.
bool ClaimLedger::is_over_limit(Time now) const {
  const auto first = first_integer(first_in_window_.query({window_begin(now)}));
  const auto last = first_integer(last_.query());
  const std::int64_t claims = first && last ? *last - *first + 1 : 0;
  return claims >= static_cast<std::int64_t>(rules_.claims_overall);
}

void ClaimLedger::record(const IpAddress& source, Time now) const {
  delete_.execute({window_begin(now), stored(now)});
  insert_.execute({source_prefix(source).to_string(), stored(now)});
}

}  // namespace sisu::relay
