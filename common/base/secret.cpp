#include "common/base/secret.hpp"

#include <string.h>
#include <utility>

namespace sisu {

void wipe(void* data, std::size_t size) noexcept {
  if (size != 0) ::explicit_bzero(data, size);
}

SecretBuffer::SecretBuffer(std::size_t size) : bytes_(new std::uint8_t[size]), size_(size) {}

SecretBuffer::SecretBuffer(SecretBuffer&& other) noexcept
    : bytes_(std::move(other.bytes_)), size_(std::exchange(other.size_, 0)) {}

SecretBuffer& SecretBuffer::operator=(SecretBuffer&& other) noexcept {
  if (this == &other) return *this;
  clear();
  bytes_ = std::move(other.bytes_);
  size_ = std::exchange(other.size_, 0);
  return *this;
}

void SecretBuffer::clear() noexcept { wipe(bytes_.get(), size_); }

}  // namespace sisu
