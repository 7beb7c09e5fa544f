#include "common/age/hkdf.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <new>
#include <string>

namespace sisu::age {
namespace {

void hmac_into(Bytes key, Bytes text, std::span<std::uint8_t, 32> out) {
  // HMAC pads its key with zeros (RFC 2104 2), so that one zero stands for the empty key, which libcrypto would take
  // for none. Empty text, too, must not be a null pointer.
  constexpr std::uint8_t zero = 0;
  if (key.empty()) key = {&zero, 1};
  if (text.empty()) text = {&zero, 0};
  unsigned length = 0;
  if (::HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), text.data(), text.size(), out.data(), &length) ==
      nullptr)
    throw std::bad_alloc();
}

}  // namespace

Secret<32> hkdf(Bytes key, Bytes salt, std::string_view info) {
  Secret<32> extracted;
  hmac_into(salt, key, extracted.bytes());
  // RFC 5869 2.3: T(1) = HMAC(PRK, T(0) | info | 0x01), and T(0) is empty.
  const std::string block = std::string(info) + '\x01';
  Secret<32> expanded;
  hmac_into(extracted.bytes(), {reinterpret_cast<const std::uint8_t*>(block.data()), block.size()}, expanded.bytes());
  return expanded;
}

Mac hmac(Bytes key, std::string_view text) {
  Mac mac{};
  hmac_into(key, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}, mac);
  return mac;
}

}  // namespace sisu::age
