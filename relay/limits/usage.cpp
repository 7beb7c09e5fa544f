#include "relay/limits/usage.hpp"

#include <cstdint>

namespace sisu::relay {

Usage::Usage(const Limits& limits)
    : unauthenticated(limits.unauthenticated, limits.unauthenticated_per_source),
      sessions(limits.sessions, limits.sessions_per_user),
      connections(limits.connections, limits.connections_per_user),
      connections_by_source(UINT64_MAX, limits.connections_per_source),
      connections_by_address(UINT64_MAX, limits.connections_per_address),
      connections_by_prefix(UINT64_MAX, limits.connections_per_prefix),
      arrivals_by_user(limits.arrivals_per_user),
      arrivals_by_address(limits.arrivals_per_address),
      arrivals_by_prefix(limits.arrivals_per_prefix),
      commands_by_user(limits.commands_per_user),
      commands_by_source(limits.commands_per_source),
      lookups_by_user(limits.lookups_per_user),
      tlsa_by_user(limits.tlsa_per_user, std::chrono::hours(1)),
      acme_by_user(limits.acme_per_user, std::chrono::hours(1)),
      refusals_logged(limits.refusals_logged),
      ssh_arrivals_by_source(limits.ssh_arrivals_per_source),
      memory(limits.memory),
      user_rate_(limits.user_rate) {}

std::shared_ptr<UserRate> Usage::rate_of(const std::string& user) {
  const std::lock_guard lock(mutex_);
  // As many entries as users with sessions, and those that left since the last look.
  std::erase_if(rates_, [](const auto& entry) { return entry.second.expired(); });
  auto& known = rates_[user];
  if (auto rate = known.lock()) return rate;
  auto rate = std::make_shared<UserRate>(user_rate_);
  known = rate;
  return rate;
}

}  // namespace sisu::relay
