#include "common/net/watchdog.hpp"

#include <asio/steady_timer.hpp>

namespace sisu::net {

// The timer is not re-armed at every feed (that would cost a heap operation each): it wakes at the deadline that it
// knows, looks whether that has moved, and sleeps on.
struct Watchdog::State : std::enable_shared_from_this<Watchdog::State> {
  State(asio::any_io_executor executor, std::function<void()> on_bite)
      : timer(std::move(executor)), bite(std::move(on_bite)) {}

  using Clock = std::chrono::steady_clock;

  void sleep_until(Clock::time_point wake) {
    sleeping_until = wake;
    timer.expires_at(wake);
    timer.async_wait([self = shared_from_this()](asio::error_code error) {
      if (!error) self->wake_up();
    });
  }

  void wake_up() {
    sleeping_until.reset();
    if (!deadline) return;
    if (Clock::now() < *deadline) return sleep_until(*deadline);
    deadline.reset();
    bitten = true;
    if (const auto action = std::move(bite)) action();
  }

  asio::steady_timer timer;
  std::function<void()> bite;
  std::optional<Clock::time_point> deadline;
  std::optional<Clock::time_point> sleeping_until;
  bool bitten = false;
};

Watchdog::Watchdog(asio::any_io_executor executor, std::function<void()> bite)
    : state_(std::make_shared<State>(std::move(executor), std::move(bite))) {}

Watchdog::~Watchdog() {
  state_->bite = nullptr;
  state_->deadline.reset();
  state_->timer.cancel();
}

void Watchdog::arm(std::chrono::steady_clock::duration limit) {
  State& state = *state_;
  if (state.bitten) return;
  state.deadline = State::Clock::now() + limit;
  if (!state.sleeping_until || *state.deadline < *state.sleeping_until) state.sleep_until(*state.deadline);
}

void Watchdog::disarm() { state_->deadline.reset(); }

bool Watchdog::bitten() const { return state_->bitten; }

}  // namespace sisu::net
