// TaskGroup: the children of one parent coroutine. Nothing is detached: a parent stops its group and joins it before it
// goes away.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>

#include <cstddef>
#include <functional>
#include <memory>

namespace sisu::net {

/// Used from one executor only.
class TaskGroup {
 public:
  explicit TaskGroup(asio::any_io_executor executor);
  /// The group must be empty by then: join() first. (Children still running after an io_context has stopped for good
  /// are dropped with it.)
  ~TaskGroup();
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  /// Starts a child. A child handles its own errors; what escapes it goes to the handler of on_error() and ends only
  /// that child. After stop() nothing starts.
  void spawn(asio::awaitable<void> child);

  /// Called with what a child let escape, except cancellation. Default: the exception is dropped.
  void on_error(std::function<void(std::exception_ptr)> handler);

  /// Cancels every child (terminal cancellation). Idempotent; returns at once.
  void stop();

  /// Completes when no child runs any more.
  asio::awaitable<void> join();

  std::size_t size() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace sisu::net
