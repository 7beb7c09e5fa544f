#include "relay/limits/token_bucket.hpp"

#include "common/base/expects.hpp"

#include <algorithm>

namespace sisu::relay {

TokenBucket::TokenBucket(std::uint64_t rate, Clock::duration burst)
    : nanoseconds_per_byte_(1e9 / static_cast<double>(rate)), burst_(burst) {
  expects(rate >= 1, "a rate of at least one byte per second");
}

TokenBucket::Clock::duration TokenBucket::take(std::uint64_t bytes, Clock::time_point now) {
  const std::chrono::duration<double, std::nano> cost(nanoseconds_per_byte_ * static_cast<double>(bytes));
  paid_until_ = std::max(paid_until_, now - burst_) + std::chrono::duration_cast<Clock::duration>(cost);
  return std::max(paid_until_ - now, Clock::duration::zero());
}

}  // namespace sisu::relay
