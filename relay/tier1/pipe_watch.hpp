// PipeWatch: the deadlines of all pipes of one session, on one timer. A pipe only notes when bytes move; the timer
// wakes now and then and looks at all of them, so that neither a connection nor a read pays a timer operation. A
// deadline is noticed at most a quarter of the shortest limit late.
#pragma once

#include "relay/limits/limits.hpp"
#include "relay/limits/usage.hpp"

#include <asio/any_io_executor.hpp>

#include <array>
#include <chrono>
#include <list>
#include <memory>
#include <optional>

namespace sisu::relay::tier1 {

enum class Late { idle, half_closed, stalled };

/// What a pipe notes about itself.
class PipeProgress {
 public:
  using Clock = std::chrono::steady_clock;

  /// Bytes came in.
  void moved() { last_moved_ = Clock::now(); }
  /// Bytes wait for a side to take them.
  void write_begins(Direction direction) { since(direction) = Clock::now(); }
  void write_ends(Direction direction) {
    since(direction).reset();
    moved();
  }
  /// One side has finished: from now on the shorter idle limit holds.
  void half_closed() {
    half_closed_ = true;
    moved();
  }

  std::optional<Late> late(const Limits& limits, Clock::time_point now) const;

 private:
  std::optional<Clock::time_point>& since(Direction direction) {
    return writing_since_[static_cast<std::size_t>(direction)];
  }

  Clock::time_point last_moved_ = Clock::now();
  std::array<std::optional<Clock::time_point>, 2> writing_since_;
  bool half_closed_ = false;
};

class WatchedPipe {
 public:
  virtual ~WatchedPipe() = default;
  virtual const PipeProgress& progress() const = 0;
  virtual void too_late(Late late) = 0;
};

/// Used from its executor only.
class PipeWatch {
 public:
  /// `limits` outlives it.
  PipeWatch(asio::any_io_executor executor, const Limits& limits);
  ~PipeWatch();
  PipeWatch(const PipeWatch&) = delete;
  PipeWatch& operator=(const PipeWatch&) = delete;

  using Place = std::list<WatchedPipe*>::iterator;
  /// `pipe` is watched until remove().
  Place add(WatchedPipe& pipe);
  void remove(Place place);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace sisu::relay::tier1
