// MemoryBudget: how much all messages together may hold in memory before they must go to disk.
// MessageBuffer: one message's share of it.
#pragma once

#include <atomic>
#include <cstddef>
#include <string>
#include <string_view>

namespace sisu::client {

/// Safe from any thread.
class MemoryBudget {
 public:
  explicit MemoryBudget(std::size_t bytes) : available_(bytes) {}

  /// All of `bytes`, or nothing and false.
  bool take(std::size_t bytes);
  void give_back(std::size_t bytes) { available_ += bytes; }
  std::size_t available() const { return available_; }

 private:
  std::atomic<std::size_t> available_;
};

/// Holds up to `least` bytes always, and up to `most` as far as the budget goes.
class MessageBuffer {
 public:
  /// `budget` must outlive the buffer. `least` at least 1.
  MessageBuffer(MemoryBudget& budget, std::size_t least, std::size_t most);
  ~MessageBuffer();
  MessageBuffer(const MessageBuffer&) = delete;
  MessageBuffer& operator=(const MessageBuffer&) = delete;

  /// Stores as many of the first bytes as there is room for, and says how many: less than all means full.
  std::size_t append(std::string_view bytes);
  std::string_view bytes() const { return bytes_; }
  /// Empty again; keeps its memory.
  void clear() { bytes_.clear(); }

 private:
  void grow_for(std::size_t wanted);

  MemoryBudget& budget_;
  const std::size_t least_;
  const std::size_t most_;
  std::size_t room_;  ///< `least_` and what was taken from the budget
  std::string bytes_;
};

}  // namespace sisu::client
