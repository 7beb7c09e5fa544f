// EventQueue: events on their way to one reader of `events`, at most so many.
#pragma once

#include "proto/event.hpp"

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/steady_timer.hpp>

#include <cstddef>
#include <deque>
#include <optional>

namespace sisu::relay::commands {

/// Used from its executor only.
class EventQueue {
 public:
  EventQueue(asio::any_io_executor executor, std::size_t capacity);

  /// False if the reader is too slow: the queue is then closed, and the reader learns it after what is queued.
  bool push(proto::Event event);
  /// No more events come; what is queued is still read.
  void close();
  bool overflowed() const { return overflowed_; }

  /// The next event; nullopt once closed and empty. One caller at a time.
  asio::awaitable<std::optional<proto::Event>> next();

 private:
  std::deque<proto::Event> events_;
  std::size_t capacity_;
  bool closed_ = false;
  bool overflowed_ = false;
  asio::steady_timer changed_;  // never expires; cancelled to wake the reader
};

}  // namespace sisu::relay::commands
