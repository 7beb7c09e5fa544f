// Counted: how many of something are there now, in all and per key, with a cap on both. A Ticket is one of them; its
// end gives the place back, on whatever thread that happens.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace sisu::relay {

/// Memory grows with the keys present, so with the cap, and not with the keys ever seen. Safe from any thread.
template <class Key>
class Counted {
  struct State {
    std::mutex mutex;
    std::uint64_t total = 0;
    std::map<Key, std::uint64_t> per_key;
  };

 public:
  class Ticket {
   public:
    Ticket() = default;
    Ticket(Ticket&& other) noexcept : state_(std::move(other.state_)), key_(std::move(other.key_)) {}
    Ticket& operator=(Ticket&& other) noexcept {
      if (this != &other) {
        release();
        state_ = std::move(other.state_);
        key_ = std::move(other.key_);
      }
      return *this;
    }
    Ticket(const Ticket&) = delete;
    Ticket& operator=(const Ticket&) = delete;
    ~Ticket() { release(); }

    void release() {
      if (!state_) return;
      const auto state = std::exchange(state_, nullptr);
      const std::lock_guard lock(state->mutex);
      --state->total;
      const auto place = state->per_key.find(key_);
      if (--place->second == 0) state->per_key.erase(place);
    }

   private:
    friend class Counted;
    Ticket(std::shared_ptr<State> state, Key key) : state_(std::move(state)), key_(std::move(key)) {}

    std::shared_ptr<State> state_;
    Key key_{};
  };

  enum class Full { in_all, for_this_key };

  Counted(std::uint64_t cap_in_all, std::uint64_t cap_per_key)
      : state_(std::make_shared<State>()), cap_in_all_(cap_in_all), cap_per_key_(cap_per_key) {}

  /// A place, or which cap is reached. The narrower cap is looked at first: it names the one who is too many.
  std::pair<std::optional<Ticket>, Full> admit(Key key) {
    const std::lock_guard lock(state_->mutex);
    const auto place = state_->per_key.find(key);
    const std::uint64_t present = place == state_->per_key.end() ? 0 : place->second;
    if (present >= cap_per_key_) return {std::nullopt, Full::for_this_key};
    if (state_->total >= cap_in_all_) return {std::nullopt, Full::in_all};
    ++state_->total;
    if (place == state_->per_key.end()) {
      state_->per_key.emplace(key, 1);
    } else {
      ++place->second;
    }
    return {Ticket(state_, std::move(key)), Full::in_all};
  }

  std::uint64_t total() const {
    const std::lock_guard lock(state_->mutex);
    return state_->total;
  }
  std::uint64_t count(const Key& key) const {
    const std::lock_guard lock(state_->mutex);
    const auto place = state_->per_key.find(key);
    return place == state_->per_key.end() ? 0 : place->second;
  }
  std::size_t keys() const {
    const std::lock_guard lock(state_->mutex);
    return state_->per_key.size();
  }

 private:
  std::shared_ptr<State> state_;
  std::uint64_t cap_in_all_;
  std::uint64_t cap_per_key_;
};

}  // namespace sisu::relay
