#include "client/maildir/group_sync.hpp"

#include <utility>

namespace sisu::client {

GroupSync::GroupSync(std::function<std::error_code()> sync)
    : sync_(std::move(sync)), next_(std::make_shared<Round>()) {}

std::error_code GroupSync::wait() {
  std::unique_lock lock(mutex_);
  const auto mine = next_;
  ++waiting_;
  while (!mine->ended) {
    if (running_) {
      changed_.wait(lock);
    } else {
      lead(lock);
    }
  }
  --waiting_;
  return mine->error;
}

int GroupSync::waiting() const {
  const std::lock_guard lock(mutex_);
  return waiting_;
}

void GroupSync::lead(std::unique_lock<std::mutex>& lock) {
  running_ = true;
  const auto round = std::exchange(next_, std::make_shared<Round>());
  lock.unlock();
  const std::error_code error = sync_();
  lock.lock();
  running_ = false;
  *round = {.ended = true, .error = error};
  if (error) {
    *next_ = *round;
    next_ = std::make_shared<Round>();
  }
  changed_.notify_all();
}

}  // namespace sisu::client
