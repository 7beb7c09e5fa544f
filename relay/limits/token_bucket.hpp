// TokenBucket: bytes per second with a burst, shared by all connections of one user. Whoever takes is never refused but
// told how long to wait, so that the bytes that were read stay where they are and the sender is slowed by TCP.
#pragma once

#include <chrono>
#include <cstdint>

namespace sisu::relay {

class TokenBucket {
 public:
  using Clock = std::chrono::steady_clock;

  /// `rate` in bytes per second, at least 1. After a pause, `burst` worth of the rate may be taken at once.
  explicit TokenBucket(std::uint64_t rate, Clock::duration burst = std::chrono::seconds(1));

  /// Takes `bytes` and says how long their taker waits before passing them on; zero: at once.
  Clock::duration take(std::uint64_t bytes, Clock::time_point now);

 private:
  double nanoseconds_per_byte_;
  Clock::duration burst_;
  Clock::time_point paid_until_;  // what was taken so far is covered by the rate at this time
};

}  // namespace sisu::relay
