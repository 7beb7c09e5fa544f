// BatchedWork: work that blocks and costs less for many at once than for each alone (messages that go to disk), awaited
// from event loops. What comes while all of its workers are busy waits, and the next free one takes it together.
#pragma once

#include "common/base/expects.hpp"
#include "common/net/worker_pool.hpp"

#include <asio/associated_executor.hpp>
#include <asio/async_result.hpp>
#include <asio/defer.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/post.hpp>

#include <algorithm>
#include <exception>
#include <iterator>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace sisu::net {

struct BatchLimits {
  std::size_t at_once = 1;  ///< batches that are worked on at a time, at least 1
  std::size_t items = 16;   ///< in one batch, at least 1
};

/// Safe from any thread. `Outcome` must be default-constructible.
template <class Item, class Outcome>
class BatchedWork {
 public:
  /// One outcome for each item, in their order. Called on workers.
  using Work = std::function<std::vector<Outcome>(std::vector<Item>&)>;

  /// `pool` must outlive the last run().
  BatchedWork(WorkerPool& pool, BatchLimits limits, Work work)
      : state_(std::make_shared<State>(pool, limits, std::move(work))) {}

  /// Resumes the caller on its own executor with the outcome of `item`, or with what the work on its batch threw.
  /// Cancellation interrupts nothing: the caller gets its outcome. How many wait is bounded by their callers only.
  asio::awaitable<Outcome> run(Item item) {
    return asio::async_initiate<const asio::use_awaitable_t<>, void(std::exception_ptr, Outcome)>(
        Begin{state_}, asio::use_awaitable, std::move(item));
  }

 private:
  struct Caller {
    virtual ~Caller() = default;
    virtual void resume(std::exception_ptr error, Outcome outcome) = 0;
  };

  template <class Handler>
  struct CallerOf final : Caller {
    explicit CallerOf(Handler h) : handler(std::move(h)), work(asio::get_associated_executor(handler)) {}
    void resume(std::exception_ptr error, Outcome outcome) override {
      asio::post(work.get_executor(), [h = std::move(handler), error, result = std::move(outcome)]() mutable {
        std::move(h)(error, std::move(result));
      });
    }
    Handler handler;
    asio::executor_work_guard<asio::associated_executor_t<Handler>> work;
  };

  struct Batch {
    std::vector<Item> items;
    std::vector<std::unique_ptr<Caller>> callers;
  };

  struct State {
    State(WorkerPool& p, BatchLimits l, Work w) : pool(p), limits(l), work(std::move(w)) {
      expects(limits.at_once >= 1 && limits.items >= 1, "a batch at a time, of an item at least");
    }
    WorkerPool& pool;
    const BatchLimits limits;
    const Work work;
    std::mutex mutex;
    Batch waiting;
    std::size_t turns = 0;  ///< given to the pool
  };

  /// One worker's, for one batch. One that the pool drops takes with it those who would wait for it for ever.
  class Turn {
   public:
    explicit Turn(std::shared_ptr<State> state) : state_(std::move(state)) {}
    Turn(Turn&&) noexcept = default;
    Turn& operator=(Turn&&) = delete;
    ~Turn() {
      if (!state_) return;
      Batch dropped;
      const std::lock_guard lock(state_->mutex);
      std::swap(dropped, state_->waiting);
      --state_->turns;
    }

    void operator()() {
      Batch batch = take();
      work_on(batch);
      std::unique_lock lock(state_->mutex);
      if (!state_->waiting.items.empty()) {
        lock.unlock();
        // On this same thread, behind what else the pool has to do.
        asio::defer(state_->pool.executor(), std::move(*this));
        return;
      }
      --state_->turns;
      lock.unlock();
      state_.reset();
    }

   private:
    Batch take() {
      const std::lock_guard lock(state_->mutex);
      Batch batch;
      Batch& waiting = state_->waiting;
      const auto count = static_cast<std::ptrdiff_t>(std::min(waiting.items.size(), state_->limits.items));
      std::move(waiting.items.begin(), waiting.items.begin() + count, std::back_inserter(batch.items));
      std::move(waiting.callers.begin(), waiting.callers.begin() + count, std::back_inserter(batch.callers));
      waiting.items.erase(waiting.items.begin(), waiting.items.begin() + count);
      waiting.callers.erase(waiting.callers.begin(), waiting.callers.begin() + count);
      return batch;
    }

    void work_on(Batch& batch) {
      if (batch.items.empty()) return;  // another turn took them
      std::vector<Outcome> outcomes;
      std::exception_ptr error;
      try {
        outcomes = state_->work(batch.items);
      } catch (...) {
        error = std::current_exception();
      }
      outcomes.resize(batch.callers.size());
      for (std::size_t i = 0; i < batch.callers.size(); ++i) batch.callers[i]->resume(error, std::move(outcomes[i]));
    }

    std::shared_ptr<State> state_;
  };

  struct Begin {
    template <class Handler>
    void operator()(Handler handler, Item item) {
      auto caller = std::make_unique<CallerOf<Handler>>(std::move(handler));
      {
        const std::lock_guard lock(state->mutex);
        state->waiting.items.push_back(std::move(item));
        state->waiting.callers.push_back(std::move(caller));
        if (state->turns == state->limits.at_once) return;
        ++state->turns;
      }
      asio::post(state->pool.executor(), Turn(state));
    }
    std::shared_ptr<State> state;
  };

  std::shared_ptr<State> state_;
};

}  // namespace sisu::net
