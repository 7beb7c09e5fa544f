#include "relay/tier1/deadline_queue.hpp"

#include <asio/steady_timer.hpp>

#include <utility>
#include <vector>

namespace sisu::relay::tier1 {

using Clock = std::chrono::steady_clock;

struct DeadlineQueue::State : std::enable_shared_from_this<DeadlineQueue::State> {
  State(asio::any_io_executor executor, Duration each) : timer(std::move(executor)), length(each) {}

  void wait_until(Clock::time_point wake) {
    ticking = true;
    timer.expires_at(wake);
    timer.async_wait([self = shared_from_this()](asio::error_code error) {
      if (!error) self->look();
    });
  }

  /// Those that are late keep their place, without a call, until they are removed.
  void look() {
    ticking = false;
    const auto now = Clock::now();
    std::vector<std::function<void()>> calls;
    for (Entry& entry : entries) {
      if (!entry.late) continue;
      if (entry.deadline > now) {
        wait_until(entry.deadline);
        break;
      }
      calls.push_back(std::exchange(entry.late, nullptr));
    }
    for (const auto& call : calls) call();
  }

  asio::steady_timer timer;
  Duration length;
  std::list<Entry> entries;
  bool ticking = false;
};

DeadlineQueue::DeadlineQueue(asio::any_io_executor executor, Duration length)
    : state_(std::make_shared<State>(std::move(executor), length)) {}

DeadlineQueue::~DeadlineQueue() {
  state_->entries.clear();
  state_->timer.cancel();
}

DeadlineQueue::Place DeadlineQueue::add(std::function<void()> late) {
  State& state = *state_;
  const auto deadline = Clock::now() + state.length;
  if (!state.ticking) state.wait_until(deadline);
  return state.entries.insert(state.entries.end(), Entry{deadline, std::move(late)});
}

void DeadlineQueue::remove(Place place) { state_->entries.erase(place); }

}  // namespace sisu::relay::tier1
