// GrowingBuffer: the read buffer of a copying loop, sized by what its stream does: small for a dialogue, large for a
// bulk transfer, where each read and write costs the same whatever its size. Never cleared: clearing would cost more
// than a short connection's bytes.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace sisu::net {

class GrowingBuffer {
 public:
  static constexpr std::size_t smallest = 8 * 1024;         ///< bytes
  static constexpr std::size_t usual_largest = 256 * 1024;  ///< bytes

  explicit GrowingBuffer(std::size_t largest = usual_largest) : largest_(largest) {}

  /// Where to read to. Invalidates what filled() returned before.
  std::span<char> space() {
    if (!bytes_ || size_ != wanted_) {
      bytes_ = std::make_unique_for_overwrite<char[]>(wanted_);
      size_ = wanted_;
    }
    return {bytes_.get(), size_};
  }

  /// The first `count` bytes of space(), just read. Decides the size of the next space().
  std::string_view filled(std::size_t count) {
    if (count == size_ && size_ < largest_) {
      wanted_ = size_ * 4 < largest_ ? size_ * 4 : largest_;
      lean_reads_ = 0;
    } else if (size_ > smallest && count < size_ / 8) {
      if (++lean_reads_ >= patience) wanted_ = smallest;
    } else {
      lean_reads_ = 0;
    }
    return {bytes_.get(), count};
  }

 private:
  static constexpr int patience = 16;  // small reads in a row before a large buffer is given up

  std::unique_ptr<char[]> bytes_;
  std::size_t size_ = 0;
  std::size_t largest_;
  std::size_t wanted_ = smallest;
  int lean_reads_ = 0;
};

}  // namespace sisu::net
