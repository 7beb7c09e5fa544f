#include "relay/limits/early_drop.hpp"

namespace sisu::relay {

double EarlyDrop::share(std::uint64_t present, std::uint64_t cap) const {
  if (present >= cap) return 1;
  const double taken = 100.0 * static_cast<double>(present) / static_cast<double>(cap);
  const double start = static_cast<double>(start_);
  if (start_ >= 100 || taken < start) return 0;
  const double rate = static_cast<double>(rate_) / 100;
  return rate + (1 - rate) * (taken - start) / (100 - start);
}

bool EarlyDrop::drops(std::uint64_t present, std::uint64_t cap) {
  const double dropped = share(present, cap);
  return dropped > 0 && std::uniform_real_distribution<double>()(dice_) < dropped;
}

}  // namespace sisu::relay
