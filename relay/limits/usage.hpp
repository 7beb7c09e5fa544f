// Usage: what peers and users take of the relay at this moment, across sessions and threads, against the limits.
#pragma once

#include "common/base/ip_address.hpp"
#include "relay/limits/counted.hpp"
#include "relay/limits/limits.hpp"
#include "relay/limits/token_bucket.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace sisu::relay {

/// A user's bytes per second, shared by all connections of all sessions. Safe from any thread.
class UserRate {
 public:
  explicit UserRate(std::uint64_t rate) : bucket_(rate) {}
  /// See TokenBucket::take().
  TokenBucket::Clock::duration take(std::uint64_t bytes) {
    const std::lock_guard lock(mutex_);
    return bucket_.take(bytes, TokenBucket::Clock::now());
  }

 private:
  std::mutex mutex_;
  TokenBucket bucket_;
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

 private:
  std::uint64_t user_rate_;
  std::mutex mutex_;
  std::map<std::string, std::weak_ptr<UserRate>> rates_;
};

}  // namespace sisu::relay
