#include "relay/naming/templates/record_digest.hpp"

#include <openssl/sha.h>

#include <array>
#include <cstdint>

namespace sisu::relay::naming {

std::string digest_of(const RecordSet& records) {
  std::string lines;
  for (const Record& record : records) lines += record.to_string() + '\n';
  std::array<std::uint8_t, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const std::uint8_t*>(lines.data()), lines.size(), digest.data());
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : digest) {
    text += digits[byte >> 4];
    text += digits[byte & 0xF];
  }
  return text;
}

}  // namespace sisu::relay::naming
