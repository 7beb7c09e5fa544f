// ChaCha20-Poly1305 (RFC 8439 2.8, which replaced RFC 7539) without associated data, by libcrypto: one key, many
// nonces.
#pragma once

#include "common/age/limits.hpp"
#include "common/base/secret.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <span>

struct evp_cipher_ctx_st;  // libcrypto

namespace sisu::age {

using Nonce = std::array<std::uint8_t, 12>;

class Aead {
 public:
  explicit Aead(const Secret<32>& key);

  /// `sealed` is tag_bytes longer than `plain`, at most one chunk, and may begin at the same octet.
  void seal(const Nonce& nonce, std::span<const std::uint8_t> plain, std::span<std::uint8_t> sealed);

  /// `plain` is tag_bytes shorter than `sealed`. False: the tag is wrong, and `plain` is wiped.
  [[nodiscard]] bool open(const Nonce& nonce, std::span<const std::uint8_t> sealed, std::span<std::uint8_t> plain);

 private:
  struct Release {
    void operator()(evp_cipher_ctx_st* context) const noexcept;  ///< wipes the key
  };
  std::unique_ptr<evp_cipher_ctx_st, Release> context_;
};

}  // namespace sisu::age
