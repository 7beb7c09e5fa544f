// How long to wait before the next attempt to reach the relay: doubling, jittered so that a relay's restart does not
// bring all its clients back in one instant.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

namespace sisu::client {

struct BackoffOptions {
  std::chrono::milliseconds first{1000};      ///< at most this after the first failure
  std::chrono::milliseconds longest{60'000};  ///< and never more than this
};

class Backoff {
 public:
  /// Uniform in [0, bound), bound at least 1: random_below() outside of tests.
  using Random = std::function<std::uint64_t(std::uint64_t bound)>;

  Backoff(BackoffOptions options, Random random) : options_(options), random_(std::move(random)) {}

  /// Between half of the current step and all of it; the step doubles up to the longest.
  std::chrono::milliseconds next();
  /// The next wait is a first one again.
  void reset() { failures_ = 0; }
  unsigned failures() const { return failures_; }

 private:
  std::chrono::milliseconds step() const;

  BackoffOptions options_;
  Random random_;
  unsigned failures_ = 0;
};

}  // namespace sisu::client
