#include "client/link/sleep_detector.hpp"

#include <ctime>
#include <utility>

namespace sisu::client {

std::chrono::milliseconds time_since_boot() {
  std::timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::seconds(now.tv_sec) +
                                                               std::chrono::nanoseconds(now.tv_nsec));
}

std::optional<std::chrono::milliseconds> SleepDetector::tick(std::chrono::milliseconds now) {
  const auto before = std::exchange(last_, now);
  if (!before) return std::nullopt;
  const auto late = now - *before - interval_;
  if (late <= slack_) return std::nullopt;
  return late;
}

}  // namespace sisu::client
