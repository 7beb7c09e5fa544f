// Secret, SecretBuffer: octets that are wiped when they go away, on every path. They are moved, never copied, and have
// no output of any form.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace sisu {

/// Overwrites `size` octets; no compiler leaves it out.
void wipe(void* data, std::size_t size) noexcept;

/// A key of `Size` octets; all zero until it is filled.
template <std::size_t Size>
class Secret {
 public:
  Secret() = default;
  ~Secret() { wipe(bytes_.data(), Size); }
  Secret(Secret&& other) noexcept : bytes_(other.bytes_) { wipe(other.bytes_.data(), Size); }
  Secret& operator=(Secret&& other) noexcept {
    if (this == &other) return *this;
    bytes_ = other.bytes_;
    wipe(other.bytes_.data(), Size);
    return *this;
  }

  std::span<std::uint8_t, Size> bytes() { return bytes_; }
  std::span<const std::uint8_t, Size> bytes() const { return bytes_; }

 private:
  std::array<std::uint8_t, Size> bytes_{};
};

/// A buffer for plaintext on the heap; its first content is undefined.
class SecretBuffer {
 public:
  explicit SecretBuffer(std::size_t size);
  ~SecretBuffer() { clear(); }
  SecretBuffer(SecretBuffer&& other) noexcept;
  SecretBuffer& operator=(SecretBuffer&& other) noexcept;

  /// Empty after a move.
  std::span<std::uint8_t> bytes() { return {bytes_.get(), size_}; }
  std::span<const std::uint8_t> bytes() const { return {bytes_.get(), size_}; }
  /// Wipes all of it.
  void clear() noexcept;

 private:
  std::unique_ptr<std::uint8_t[]> bytes_;
  std::size_t size_;
};

}  // namespace sisu
