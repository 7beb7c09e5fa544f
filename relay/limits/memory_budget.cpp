#include "relay/limits/memory_budget.hpp"

#include <utility>

namespace sisu::relay {

struct MemoryBudget::State {
  explicit State(std::uint64_t most) : limit(most) {}

  const std::uint64_t limit;
  std::mutex mutex;
  std::uint64_t reserved = 0;
  std::uint64_t shared = 0;
  std::uint64_t shares = 0;

  std::uint64_t held() const { return reserved + shared; }
};

MemoryBudget::MemoryBudget(std::uint64_t limit) : state_(std::make_shared<State>(limit)) {}

bool MemoryBudget::full() const {
  const std::lock_guard lock(state_->mutex);
  return state_->held() >= state_->limit;
}

std::uint64_t MemoryBudget::held() const {
  const std::lock_guard lock(state_->mutex);
  return state_->held();
}

std::optional<MemoryBudget::Reservation> MemoryBudget::reserve(std::uint64_t bytes) {
  const std::lock_guard lock(state_->mutex);
  if (state_->held() + bytes > state_->limit) return std::nullopt;
  state_->reserved += bytes;
  return Reservation(state_, bytes);
}

// --- Reservation

MemoryBudget::Reservation::Reservation(std::shared_ptr<State> state, std::uint64_t bytes)
    : state_(std::move(state)), bytes_(bytes) {}

MemoryBudget::Reservation::Reservation(Reservation&& other) noexcept
    : state_(std::move(other.state_)), bytes_(std::exchange(other.bytes_, 0)) {}

MemoryBudget::Reservation& MemoryBudget::Reservation::operator=(Reservation&& other) noexcept {
  std::swap(state_, other.state_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

MemoryBudget::Reservation::~Reservation() {
  if (!state_) return;
  const std::lock_guard lock(state_->mutex);
  state_->reserved -= bytes_;
}

// --- Share

MemoryBudget::Share::Share(MemoryBudget& budget) : state_(budget.state_) {
  const std::lock_guard lock(state_->mutex);
  ++state_->shares;
}

MemoryBudget::Share::~Share() {
  const std::lock_guard lock(state_->mutex);
  --state_->shares;
  state_->shared -= bytes_;
}

bool MemoryBudget::Share::set(std::uint64_t bytes) {
  const std::lock_guard lock(state_->mutex);
  const bool grows = bytes > bytes_;
  state_->shared = state_->shared - bytes_ + bytes;
  bytes_ = bytes;
  return !grows || state_->held() <= state_->limit || bytes * state_->shares < state_->shared;
}

}  // namespace sisu::relay
