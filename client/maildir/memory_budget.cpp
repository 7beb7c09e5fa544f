#include "client/maildir/memory_budget.hpp"

#include <algorithm>

namespace sisu::client {

bool MemoryBudget::take(std::size_t bytes) {
  std::size_t available = available_;
  while (available >= bytes) {
    if (available_.compare_exchange_weak(available, available - bytes)) return true;
  }
  return false;
}

MessageBuffer::MessageBuffer(MemoryBudget& budget, std::size_t least, std::size_t most)
    : budget_(budget), least_(least), most_(std::max(least, most)), room_(least) {}

MessageBuffer::~MessageBuffer() { budget_.give_back(room_ - least_); }

std::size_t MessageBuffer::append(std::string_view bytes) {
  grow_for(bytes_.size() + bytes.size());
  const std::size_t taken = std::min(bytes.size(), room_ - bytes_.size());
  bytes_.append(bytes.substr(0, taken));
  return taken;
}

// In steps of four times, so that a small message takes little of the budget and a big one grows in a few copies.
void MessageBuffer::grow_for(std::size_t wanted) {
  while (room_ < std::min(wanted, most_)) {
    const std::size_t next = std::min(room_ * 4, most_);
    if (!budget_.take(next - room_)) break;
    room_ = next;
  }
  // The exact amount: left to itself, a string doubles, and would hold more than was taken.
  if (bytes_.capacity() < std::min(wanted, room_)) bytes_.reserve(room_);
}

}  // namespace sisu::client
