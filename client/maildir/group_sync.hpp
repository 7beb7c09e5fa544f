// One fsync of a directory for many messages: a sync that begins after a rename covers it, so threads that arrive while
// one runs share the next.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <system_error>

namespace sisu::client {

class GroupSync {
 public:
  /// `sync` is called by one thread at a time.
  explicit GroupSync(std::function<std::error_code()> sync);

  /// Blocks until a sync that began after this call has ended, and gives its result; one of the waiting threads runs
  /// it. When a sync fails, those waiting for the next one get its error too: the kernel reports lost pages only once,
  /// and what it lost may have been theirs.
  std::error_code wait();

  /// Threads that are in wait().
  int waiting() const;

 private:
  struct Round {
    bool ended = false;
    std::error_code error;
  };
  void lead(std::unique_lock<std::mutex>& lock);

  const std::function<std::error_code()> sync_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::shared_ptr<Round> next_;  ///< not begun
  bool running_ = false;
  int waiting_ = 0;
};

}  // namespace sisu::client
