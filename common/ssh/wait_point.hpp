// WaitPoint: where one coroutine waits until something else on the same executor says "go on". It is what stands
// between libssh's callbacks and our coroutines: callbacks and the driver only notify(); the coroutine is resumed by a
// post, so no user code ever runs inside a libssh call. Cheaper than a timer that never expires, and it holds no memory
// while nobody waits.
#pragma once

#include "common/base/expects.hpp"

#include <asio/any_io_executor.hpp>
#include <asio/associated_allocator.hpp>
#include <asio/associated_cancellation_slot.hpp>
#include <asio/async_result.hpp>
#include <asio/awaitable.hpp>
#include <asio/error.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>

#include <memory>
#include <utility>

namespace sisu::ssh {

/// Not thread-safe; must outlive its waiter or be cancel()led first.
class WaitPoint {
 public:
  explicit WaitPoint(asio::any_io_executor executor) : executor_(std::move(executor)) {}
  WaitPoint(const WaitPoint&) = delete;
  WaitPoint& operator=(const WaitPoint&) = delete;
  ~WaitPoint() { complete(asio::error::operation_aborted); }

  /// Completes after the next notify(); a notify() that nobody waits for is not remembered, so look at the state first.
  /// Throws operation_aborted when cancelled.
  asio::awaitable<void> wait() {
    return asio::async_initiate<const asio::use_awaitable_t<>, void(asio::error_code)>(
        [this](auto handler) { start(std::move(handler)); }, asio::use_awaitable);
  }

  bool waiting() const { return waiter_ != nullptr; }
  /// Resumes the waiter, if there is one, by a post to its executor.
  void notify() { complete({}); }

 private:
  struct Waiter {
    virtual ~Waiter() = default;
    virtual void post(asio::error_code result) = 0;
    asio::cancellation_slot slot;
  };

  template <class Handler>
  struct WaiterOf final : Waiter {
    WaiterOf(Handler h, const asio::any_io_executor& fallback)
        : handler(std::move(h)), work(asio::get_associated_executor(handler, fallback)) {}
    void post(asio::error_code result) override {
      const auto executor = work.get_executor();
      asio::post(executor, [h = std::move(handler), cancelled = slot, result]() mutable {
        if (cancelled.is_connected()) cancelled.clear();
        std::move(h)(result);
      });
    }
    Handler handler;
    asio::executor_work_guard<asio::any_io_executor> work;
  };

  template <class Handler>
  void start(Handler handler) {
    expects(!waiter_, "one coroutine waits at a time");
    auto slot = asio::get_associated_cancellation_slot(handler);
    waiter_ = std::make_unique<WaiterOf<Handler>>(std::move(handler), executor_);
    waiter_->slot = slot;
    if (slot.is_connected()) {
      slot.assign([this](asio::cancellation_type) { complete(asio::error::operation_aborted); });
    }
  }

  void complete(asio::error_code result) {
    if (const auto waiter = std::move(waiter_)) waiter->post(result);
  }

  asio::any_io_executor executor_;
  std::unique_ptr<Waiter> waiter_;
};

}  // namespace sisu::ssh
