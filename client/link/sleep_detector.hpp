// Notices that this process did not run for a while: the laptop slept, the machine was paused, someone sent SIGSTOP.
// Connections of before may be dead without a sign.
#pragma once

#include <chrono>
#include <optional>

namespace sisu::client {

/// Time since boot, sleep included (CLOCK_BOOTTIME): steady_clock stands still while a laptop sleeps.
std::chrono::milliseconds time_since_boot();

class SleepDetector {
 public:
  /// tick() is to be called every `interval`; one that comes more than `slack` late means that nothing ran.
  SleepDetector(std::chrono::milliseconds interval, std::chrono::milliseconds slack)
      : interval_(interval), slack_(slack) {}

  /// How long nothing ran, or nullopt when all is well. `now` as time_since_boot() gives it.
  std::optional<std::chrono::milliseconds> tick(std::chrono::milliseconds now);

 private:
  std::chrono::milliseconds interval_;
  std::chrono::milliseconds slack_;
  std::optional<std::chrono::milliseconds> last_;
};

}  // namespace sisu::client
