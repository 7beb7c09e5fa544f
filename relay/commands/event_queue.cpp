#include "relay/commands/event_queue.hpp"

#include <asio/experimental/as_tuple.hpp>
#include <asio/use_awaitable.hpp>

namespace sisu::relay::commands {

EventQueue::EventQueue(asio::any_io_executor executor, std::size_t capacity)
    : capacity_(capacity), changed_(std::move(executor), asio::steady_timer::time_point::max()) {}

bool EventQueue::push(proto::Event event) {
  if (closed_) return true;
  if (events_.size() == capacity_) {
    overflowed_ = true;
    close();
    return false;
  }
  events_.push_back(std::move(event));
  changed_.cancel();
  return true;
}

void EventQueue::close() {
  closed_ = true;
  changed_.cancel();
}

asio::awaitable<std::optional<proto::Event>> EventQueue::next() {
  while (events_.empty() && !closed_) {
    co_await changed_.async_wait(asio::experimental::as_tuple(asio::use_awaitable));
  }
  if (events_.empty()) co_return std::nullopt;
  proto::Event event = std::move(events_.front());
  events_.pop_front();
  co_return event;
}

}  // namespace sisu::relay::commands
