#include "relay/limits/limit_log.hpp"

#include <utility>

namespace sisu::relay {

LimitLog::LimitLog(log::Logger logger, metrics::Registry& registry, Clock::time_point (*now)())
    : logger_(std::move(logger)), now_(now) {
  for (const LimitRow& row : limit_table()) {
    rows_[static_cast<std::size_t>(row.id)].counter = registry.counter(
        "sisumail_relay_limit_reached_total", "How often each limit was reached.", {{"limit", std::string(row.name)}});
  }
}

void LimitLog::bite(LimitName limit, log::Fields fields) {
  Row& row = rows_[static_cast<std::size_t>(limit)];
  row.counter.add();
  std::uint64_t suppressed = 0;
  {
    const std::lock_guard lock(row.mutex);
    const auto now = now_();
    const bool in_burst = row.written != Clock::time_point::min() && now - row.written < burst;
    if (in_burst) {
      ++row.suppressed;
      return;
    }
    row.written = now;
    suppressed = std::exchange(row.suppressed, 0);
  }
  logger_.with({{"limit", to_text(limit)}, {"suppressed", suppressed}}).warning("limit reached", fields);
}

double LimitLog::count(LimitName limit) const { return rows_[static_cast<std::size_t>(limit)].counter.value(); }

}  // namespace sisu::relay
