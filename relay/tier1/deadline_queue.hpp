// DeadlineQueue: many deadlines of one length on one timer. Entries become late in the order in which they came, so the
// timer only ever waits for the first; an entry that is done in time costs no timer operation.
#pragma once

#include "relay/limits/limits.hpp"

#include <asio/any_io_executor.hpp>

#include <chrono>
#include <functional>
#include <list>
#include <memory>

namespace sisu::relay::tier1 {

/// Used from its executor only.
class DeadlineQueue {
 public:
  DeadlineQueue(asio::any_io_executor executor, Duration length);
  ~DeadlineQueue();
  DeadlineQueue(const DeadlineQueue&) = delete;
  DeadlineQueue& operator=(const DeadlineQueue&) = delete;

 private:
  struct Entry {
    std::chrono::steady_clock::time_point deadline;
    std::function<void()> late;
  };
  struct State;
  std::shared_ptr<State> state_;

 public:
  using Place = std::list<Entry>::iterator;
  /// `late` is called once if remove() does not come in time; remove() must come in any case, also from there.
  Place add(std::function<void()> late);
  void remove(Place place);
};

}  // namespace sisu::relay::tier1
