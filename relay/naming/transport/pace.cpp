#include "relay/naming/transport/pace.hpp"

#include <algorithm>

namespace sisu::relay::naming {

Pace::Pace(std::size_t most_in_flight, unsigned tries, Duration longest_timeout)
    : most_(most_in_flight),
      tries_(tries),
      longest_timeout_(longest_timeout),
      window_(static_cast<double>(std::min(most_in_flight, first_window))),
      timeout_(std::min<Duration>(first_timeout, longest_timeout)) {}

Pace::Duration Pace::timeout(unsigned number) const {
  if (number >= tries_) return longest_timeout_;
  constexpr unsigned most_doublings = 16;
  return std::min(longest_timeout_, timeout_ * (1 << std::min(number - 1, most_doublings)));
}

void Pace::answered_first_try(Duration round_trip) {
  if (measured_) {
    const auto difference = smoothed_ > round_trip ? smoothed_ - round_trip : round_trip - smoothed_;
    variation_ = (3 * variation_ + difference) / 4;
    smoothed_ = (7 * smoothed_ + round_trip) / 8;
  } else {
    measured_ = true;
    smoothed_ = round_trip;
    variation_ = round_trip / 2;
  }
  timeout_ = std::min(std::max<Duration>(smoothed_ + 4 * variation_, least_timeout), longest_timeout_);
  grow();
}

void Pace::grow() { window_ = std::min(static_cast<double>(most_), window_ + (slow_start_ ? 1.0 : 1.0 / window_)); }

void Pace::lost(std::uint64_t datagram, std::uint64_t sent_so_far) {
  if (datagram <= slowed_at_) return;
  slow_start_ = false;
  slowed_at_ = sent_so_far;
  window_ = std::min(static_cast<double>(most_), std::max(static_cast<double>(least_window), window_ / 2));
}

}  // namespace sisu::relay::naming
