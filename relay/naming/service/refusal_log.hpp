// Counts what is refused, and logs it: at most one line a minute of each kind, with the count so far, so that a peer
// cannot fill the disk.
#pragma once

#include "common/log/logger.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

namespace sisu::relay::naming {

/// Used by one thread.
class RefusalLog {
 public:
  using Clock = std::function<std::chrono::steady_clock::time_point()>;
  static constexpr std::chrono::minutes interval{1};

  explicit RefusalLog(log::Logger logger, Clock clock = std::chrono::steady_clock::now)
      : log_(std::move(logger)), clock_(std::move(clock)) {}

  /// `kind` is a literal, such as "connections" or "foreign-name".
  void refuse(const std::string& kind, const std::string& what);
  std::uint64_t count(const std::string& kind) const;

 private:
  struct Row {
    std::uint64_t count = 0;
    std::optional<std::chrono::steady_clock::time_point> written;
  };
  log::Logger log_;
  Clock clock_;
  std::map<std::string, Row> rows_;
};

}  // namespace sisu::relay::naming
