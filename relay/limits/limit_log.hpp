// What happens when a limit bites: a counter, and one log line per burst, so that an attack cannot fill the disk.
#pragma once

#include "common/log/logger.hpp"
#include "common/metrics/metrics.hpp"
#include "relay/limits/limit_table.hpp"

#include <array>
#include <chrono>
#include <mutex>

namespace sisu::relay {

/// Safe from any thread.
class LimitLog {
 public:
  using Clock = std::chrono::steady_clock;
  /// A burst ends when its line is this old; the next bite writes a new line, with how many were not written.
  static constexpr Clock::duration burst = std::chrono::minutes(1);

  /// Counters are sisumail_relay_limit_reached_total{limit="NAME"}. `now` is for tests.
  LimitLog(log::Logger logger, metrics::Registry& registry, Clock::time_point (*now)() = &Clock::now);

  /// `fields` say where: a source, a user, an id; never content.
  void bite(LimitName limit, log::Fields fields = {});
  double count(LimitName limit) const;

 private:
  struct Row {
    metrics::Counter counter;
    std::mutex mutex;
    Clock::time_point written = Clock::time_point::min();
    std::uint64_t suppressed = 0;
  };

  log::Logger logger_;
  Clock::time_point (*now_)();
  std::array<Row, limit_count> rows_;
};

}  // namespace sisu::relay
