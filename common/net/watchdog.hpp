// Watchdog: one timer that ends a connection when it is not fed in time. Feeding costs no allocation, so it can stand
// around every read of a busy connection.
#pragma once

#include <asio/any_io_executor.hpp>

#include <chrono>
#include <functional>
#include <memory>

namespace sisu::net {

class Watchdog {
 public:
  /// `bite` runs once on `executor` if a deadline passes; typically it closes a stream. Destroying the Watchdog
  /// disarms it. Use from `executor` only.
  Watchdog(asio::any_io_executor executor, std::function<void()> bite);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  /// Sets the deadline to `limit` from now, replacing the one before.
  void arm(std::chrono::steady_clock::duration limit);
  /// No deadline until the next arm().
  void disarm();
  /// True once it has bitten: the error that the closed stream then reports is a time-out.
  bool bitten() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace sisu::net
