// Usage: what peers and users take of the relay at this moment, across sessions and threads, against the limits.
#pragma once

#include "common/base/ip_address.hpp"
#include "relay/limits/arrival_rate.hpp"
#include "relay/limits/counted.hpp"
#include "relay/limits/limits.hpp"
#include "relay/limits/memory_budget.hpp"
#include "relay/limits/token_bucket.hpp"

#include <array>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace sisu::relay {

enum class Direction { to_client, to_sender };

/// A user's bytes per second in each direction, shared by all connections of all sessions. Safe from any thread.
class UserRate {
 public:
  explicit UserRate(std::uint64_t rate) : buckets_{TokenBucket(rate), TokenBucket(rate)} {}
  /// See TokenBucket::take().
  TokenBucket::Clock::duration take(Direction direction, std::uint64_t bytes) {
    const std::lock_guard lock(mutex_);
    return buckets_[static_cast<std::size_t>(direction)].take(bytes, TokenBucket::Clock::now());
  }

 private:
  std::mutex mutex_;
  std::array<TokenBucket, 2> buckets_;
};

/// A user and the prefix that a sender is counted by.
using UserSource = std::pair<std::string, IpAddress>;

struct Usage {
  explicit Usage(const Limits& limits);

  /// The bucket of this user: the same one as long as anyone holds it.
  std::shared_ptr<UserRate> rate_of(const std::string& user);

  Counted<IpAddress> unauthenticated;  ///< by source prefix
  Counted<std::string> sessions;       ///< by user
  Counted<std::string> connections;    ///< by user
  Counted<UserSource> connections_by_source;
  Counted<IpAddress> connections_by_address;
  Counted<IpAddress> connections_by_prefix;
  ArrivalRate<std::string> arrivals_by_user;
  ArrivalRate<IpAddress> arrivals_by_address;
  ArrivalRate<IpAddress> arrivals_by_prefix;
  ArrivalRate<std::string> commands_by_user;
  ArrivalRate<IpAddress> commands_by_source;  ///< of newcomers, by source prefix
  ArrivalRate<std::string> lookups_by_user;
  ArrivalRate<std::string> tlsa_by_user;
  ArrivalRate<std::string> acme_by_user;
  ArrivalRate<IpAddress> refusals_logged;  ///< by source prefix
  ArrivalRate<IpAddress> ssh_arrivals_by_source;
  MemoryBudget memory;

 private:
  std::uint64_t user_rate_;
  std::mutex mutex_;
  std::map<std::string, std::weak_ptr<UserRate>> rates_;
};

}  // namespace sisu::relay
