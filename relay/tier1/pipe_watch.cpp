#include "relay/tier1/pipe_watch.hpp"

#include <asio/steady_timer.hpp>

#include <algorithm>
#include <utility>
#include <vector>

namespace sisu::relay::tier1 {

std::optional<Late> PipeProgress::late(const Limits& limits, Clock::time_point now) const {
  bool writing = false;
  for (const auto& since : writing_since_) {
    if (!since) continue;
    writing = true;
    if (now - *since >= limits.progress) return Late::stalled;
  }
  // Bytes that wait for a side to take them are the business of `progress` alone.
  if (writing) return std::nullopt;
  if (half_closed_ && now - last_moved_ >= limits.half_closed_idle) return Late::half_closed;
  if (!half_closed_ && now - last_moved_ >= limits.idle) return Late::idle;
  return std::nullopt;
}

struct PipeWatch::State : std::enable_shared_from_this<PipeWatch::State> {
  State(asio::any_io_executor executor, const Limits& all)
      : timer(std::move(executor)),
        limits(all),
        period(std::max(std::min({all.idle, all.half_closed_idle, all.progress}) / 4, Duration(1))) {}

  void look_later() {
    ticking = true;
    timer.expires_after(period);
    timer.async_wait([self = shared_from_this()](asio::error_code error) {
      if (!error) self->look();
    });
  }

  void look() {
    ticking = false;
    const auto now = PipeProgress::Clock::now();
    std::vector<std::pair<WatchedPipe*, Late>> found;
    for (WatchedPipe* pipe : pipes) {
      if (const auto late = pipe->progress().late(limits, now)) found.emplace_back(pipe, *late);
    }
    for (const auto& [pipe, late] : found) pipe->too_late(late);
    if (!pipes.empty()) look_later();
  }

  asio::steady_timer timer;
  const Limits& limits;
  Duration period;
  std::list<WatchedPipe*> pipes;
  bool ticking = false;
};

PipeWatch::PipeWatch(asio::any_io_executor executor, const Limits& limits)
    : state_(std::make_shared<State>(std::move(executor), limits)) {}

PipeWatch::~PipeWatch() {
  state_->pipes.clear();
  state_->timer.cancel();
}

PipeWatch::Place PipeWatch::add(WatchedPipe& pipe) {
  if (!state_->ticking) state_->look_later();
  return state_->pipes.insert(state_->pipes.end(), &pipe);
}

void PipeWatch::remove(Place place) { state_->pipes.erase(place); }

}  // namespace sisu::relay::tier1
