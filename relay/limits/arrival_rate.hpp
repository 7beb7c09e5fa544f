// ArrivalRate: how many may arrive per minute (or hour), per key, in bounded memory. A minute's worth may come at once;
// after that the rate holds (a bucket of tokens per key, kept as the one time at which it is full again).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <utility>

namespace sisu::relay {

/// Safe from any thread.
template <class Key>
class ArrivalRate {
 public:
  using Clock = std::chrono::steady_clock;
  /// Keys that are remembered at once, at most twice that. Whoever comes from more sources than these within a window
  /// is not slowed by this limit, but by those in all.
  static constexpr std::size_t keys_remembered = 20'000;

  /// `per_window` at least 1.
  explicit ArrivalRate(std::uint64_t per_window, Clock::duration window = std::chrono::minutes(1))
      : window_(window), cost_(window / static_cast<Clock::rep>(per_window)) {}

  /// Counts an arrival. False: one too many, and not counted.
  bool admit(const Key& key, Clock::time_point now = Clock::now()) {
    const std::lock_guard lock(mutex_);
    turn_over(now);
    Clock::time_point& full_again = place_of(key, now);
    const auto next = (full_again > now ? full_again : now) + cost_;
    if (next > now + window_) return false;
    full_again = next;
    return true;
  }

  /// For tests.
  std::size_t remembered() const {
    const std::lock_guard lock(mutex_);
    return recent_.size() + older_.size();
  }

 private:
  using Keys = std::map<Key, Clock::time_point>;

  /// Keys that did not come for a whole window have all that a window allows again: they need no place.
  void turn_over(Clock::time_point now) {
    if (now - turned_ < window_ && recent_.size() < keys_remembered) return;
    older_ = std::exchange(recent_, {});
    turned_ = now;
  }

  Clock::time_point& place_of(const Key& key, Clock::time_point now) {
    const auto known = recent_.find(key);
    if (known != recent_.end()) return known->second;
    auto moved = older_.extract(key);
    if (!moved.empty()) return recent_.insert(std::move(moved)).position->second;
    return recent_.emplace(key, now).first->second;
  }

  Clock::duration window_;
  Clock::duration cost_;
  mutable std::mutex mutex_;
  Keys recent_;
  Keys older_;
  Clock::time_point turned_{};
};

}  // namespace sisu::relay
