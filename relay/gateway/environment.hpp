// Environment: what all sessions of the process share. Made once; outlives every session; safe from any thread.
#pragma once

#include "common/log/logger.hpp"
#include "common/metrics/metrics.hpp"
#include "common/ssh/key.hpp"
#include "relay/gateway/accounts.hpp"
#include "relay/gateway/presence_table.hpp"
#include "relay/limits/limit_log.hpp"
#include "relay/limits/limits.hpp"
#include "relay/limits/usage.hpp"
#include "relay/registry/claim.hpp"
#include "relay/tier1/deliveries.hpp"

#include <array>

namespace sisu::relay::gateway {

struct SessionCounters {
  explicit SessionCounters(metrics::Registry& registry);
  metrics::Counter logged_in;
  metrics::Counter newcomers;         ///< log-ins that may only claim a name
  metrics::Counter refused;           ///< keys or names that were refused
  metrics::Counter abandoned;         ///< connections that ended before log-in
  metrics::Counter requests_refused;  ///< channels and requests that SSH has and the relay has not
  metrics::Counter claims;            ///< granted
  metrics::Counter& claims_refused(ClaimRefusal reason) { return claim_refusals[static_cast<std::size_t>(reason)]; }
  std::array<metrics::Counter, claim_refusal_count> claim_refusals;
  metrics::Counter names_refused;  ///< commands about a name that is not the user's
  metrics::Counter takeovers;
  metrics::Counter suspensions;
};

struct Environment {
  Environment(const Limits& all_limits, Accounts& all_accounts, ssh::PrivateKey key, log::Logger log,
              metrics::Registry& registry);

  tier1::DeliveryEnvironment for_deliveries() { return {limits, usage, limit_log, delivery_counters, logger}; }

  const Limits limits;
  Accounts& accounts;
  const ssh::PrivateKey host_key;
  log::Logger logger;
  LimitLog limit_log;
  Usage usage;
  PresenceTable presence;
  SessionCounters counters;
  tier1::DeliveryCounters delivery_counters;
};

}  // namespace sisu::relay::gateway
