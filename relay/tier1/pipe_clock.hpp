// PipeClock: the deadlines of one pipe on one timer. Moving bytes only notes the time; the timer wakes now and then and
// looks, so that a busy connection pays no timer operation per read. A deadline is noticed at most a quarter of the
// shortest limit late.
#pragma once

#include "relay/limits/limits.hpp"

#include <asio/any_io_executor.hpp>
#include <asio/steady_timer.hpp>

#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>

namespace sisu::relay::tier1 {

/// Used from its executor only.
class PipeClock {
 public:
  using Clock = std::chrono::steady_clock;
  enum class Late { idle, stalled };
  enum class Direction { to_client, to_sender };

  /// `late` is called once, unless stop() comes before. `limits` outlives the clock.
  PipeClock(asio::any_io_executor executor, const Limits& limits, std::function<void(Late)> late);
  ~PipeClock() { stop(); }
  PipeClock(const PipeClock&) = delete;
  PipeClock& operator=(const PipeClock&) = delete;

  void start();
  void stop();
  /// Bytes came in.
  void moved();
  /// Bytes wait for a side to take them; they were taken.
  void write_begins(Direction direction);
  void write_ends(Direction direction);
  /// One side has finished: from now on the shorter idle limit holds.
  void half_closed();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace sisu::relay::tier1
