// TaskGroup: the children of one parent coroutine. Nothing is detached: a parent stops its group and joins it before it
// goes away.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/cancellation_signal.hpp>

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

  /// One child, for as long as it runs: whoever keeps this longer must not use it.
  class Child {
   public:
    Child() = default;
    /// Cancels this child alone (terminal cancellation).
    void cancel() const {
      if (signal_) signal_->emit(asio::cancellation_type::terminal);
    }

   private:
    friend class TaskGroup;
    explicit Child(asio::cancellation_signal& signal) : signal_(&signal) {}
    asio::cancellation_signal* signal_ = nullptr;
  };

  /// Starts a child. A child handles its own errors; what escapes it goes to the handler of on_error() and ends only
  /// that child. After stop() nothing starts, and the answer is empty.
  Child spawn(asio::awaitable<void> child);

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
