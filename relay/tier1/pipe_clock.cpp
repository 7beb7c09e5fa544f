#include "relay/tier1/pipe_clock.hpp"

#include <algorithm>
#include <utility>

namespace sisu::relay::tier1 {

struct PipeClock::State : std::enable_shared_from_this<PipeClock::State> {
  State(asio::any_io_executor executor, const Limits& all, std::function<void(Late)> on_late)
      : timer(std::move(executor)),
        idle(all.idle),
        half_closed_idle(all.half_closed_idle),
        progress(all.progress),
        period(std::max(std::min({idle, half_closed_idle, progress}) / 4, Duration(1))),
        late(std::move(on_late)) {}

  std::optional<Late> what_is_late(Clock::time_point now) const {
    bool writing = false;
    for (const auto& since : writing_since) {
      if (!since) continue;
      writing = true;
      if (now - *since >= progress) return Late::stalled;
    }
    // Bytes that wait for a side to take them are the business of `progress` alone.
    if (!writing && now - last_moved >= (half_closed ? half_closed_idle : idle)) return Late::idle;
    return std::nullopt;
  }

  void look_later() {
    timer.expires_after(period);
    timer.async_wait([self = shared_from_this()](asio::error_code error) {
      if (!error) self->look();
    });
  }

  void look() {
    if (!late) return;
    const auto found = what_is_late(Clock::now());
    if (!found) return look_later();
    std::exchange(late, nullptr)(*found);
  }

  asio::steady_timer timer;
  Duration idle;
  Duration half_closed_idle;
  Duration progress;
  Duration period;
  std::function<void(Late)> late;
  Clock::time_point last_moved;
  std::array<std::optional<Clock::time_point>, 2> writing_since;
  bool half_closed = false;
};

PipeClock::PipeClock(asio::any_io_executor executor, const Limits& limits, std::function<void(Late)> late)
    : state_(std::make_shared<State>(std::move(executor), limits, std::move(late))) {}

void PipeClock::start() {
  moved();
  state_->look_later();
}

void PipeClock::stop() {
  state_->late = nullptr;
  state_->timer.cancel();
}

void PipeClock::moved() { state_->last_moved = Clock::now(); }

void PipeClock::write_begins(Direction direction) {
  state_->writing_since[static_cast<std::size_t>(direction)] = Clock::now();
}

void PipeClock::write_ends(Direction direction) {
  state_->writing_since[static_cast<std::size_t>(direction)].reset();
  moved();
}

void PipeClock::half_closed() {
  state_->half_closed = true;
  moved();
}

}  // namespace sisu::relay::tier1
