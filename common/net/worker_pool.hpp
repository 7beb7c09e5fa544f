// WorkerPool: a few threads for work that blocks (files, name look-ups, an SSH agent), awaited from an event loop.
#pragma once

#include <asio/awaitable.hpp>
#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/co_spawn.hpp>
#include <asio/thread_pool.hpp>
#include <asio/use_awaitable.hpp>

#include <functional>
#include <type_traits>

namespace sisu::net {

class WorkerPool {
 public:
  /// `threads` at least 1. `name` is what `ps -L` shows, at most 15 characters.
  WorkerPool(std::size_t threads, const char* name);
  /// Waits for work that has begun; what has not begun is dropped.
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// Ends the workers when all work that they were given is done. Results go to the executors of the callers: so call
  /// it after the last of their event loops has returned and before one of them is destroyed. Work given later is
  /// dropped with the pool.
  void join() { pool_.join(); }

  /// Runs `work` on a worker and resumes the caller on its own executor with the result, or with what `work` threw.
  /// Cancellation does not reach the work: the caller gets its result, and is cancelled at its next wait. The result
  /// must be default-constructible.
  template <class Work>
  asio::awaitable<std::invoke_result_t<Work>> run(Work work) {
    using Value = std::invoke_result_t<Work>;
    // Without the caller's cancellation slot: a signal is emitted on the caller's thread and would meet the coroutine
    // that runs on the worker's.
    co_return co_await asio::co_spawn(pool_, call<Value>(std::move(work)),
                                      asio::bind_cancellation_slot(asio::cancellation_slot(), asio::use_awaitable));
  }

  asio::thread_pool::executor_type executor() { return pool_.get_executor(); }

 private:
  template <class Value, class Work>
  static asio::awaitable<Value> call(Work work) {
    co_return work();
  }

  asio::thread_pool pool_;
};

}  // namespace sisu::net
