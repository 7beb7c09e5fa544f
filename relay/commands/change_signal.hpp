// ChangeSignal: for a command that waits until something that it looks at has changed. Raised once or many times
// between two looks, it wakes the command once.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/steady_timer.hpp>

#include <chrono>

namespace sisu::relay::commands {

/// Used on one event loop; one waits at a time.
class ChangeSignal {
 public:
  explicit ChangeSignal(const asio::any_io_executor& executor) : timer_(executor) {}

  void raise();
  /// Completes when it is raised, or was since the last time; after `at_most` in any case.
  asio::awaitable<void> wait(std::chrono::steady_clock::duration at_most);

 private:
  asio::steady_timer timer_;
  bool raised_ = false;
};

}  // namespace sisu::relay::commands
