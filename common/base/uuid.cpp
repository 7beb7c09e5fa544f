#include "common/base/uuid.hpp"

#include "common/base/random.hpp"

namespace sisu {
namespace {

constexpr std::size_t text_length = 36;
constexpr std::string_view urn_prefix = "urn:uuid:";

bool hyphen_at(std::size_t i) { return i == 8 || i == 13 || i == 18 || i == 23; }

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

Uuid Uuid::random() {
  Uuid id;
  fill_random(id.bytes_);
  id.bytes_[6] = static_cast<std::uint8_t>((id.bytes_[6] & 0x0F) | 0x40);  // version 4
  id.bytes_[8] = static_cast<std::uint8_t>((id.bytes_[8] & 0x3F) | 0x80);  // variant 10
  return id;
}

std::optional<Uuid> Uuid::parse(std::string_view text) {
  if (text.size() != text_length) return std::nullopt;
  Uuid id;
  std::size_t nibble = 0;
  for (std::size_t i = 0; i < text_length; ++i) {
    if (hyphen_at(i)) {
      if (text[i] != '-') return std::nullopt;
      continue;
    }
    const int value = hex_value(text[i]);
    if (value < 0) return std::nullopt;
    auto& byte = id.bytes_[nibble / 2];
    byte = static_cast<std::uint8_t>(byte << 4 | value);
    ++nibble;
  }
  const bool version_4 = (id.bytes_[6] >> 4) == 4;
  const bool rfc_variant = (id.bytes_[8] >> 6) == 2;
  if (!version_4 || !rfc_variant) return std::nullopt;
  return id;
}

std::optional<Uuid> Uuid::parse_urn(std::string_view text) {
  if (text.size() != urn_prefix.size() + text_length) return std::nullopt;
  for (std::size_t i = 0; i < urn_prefix.size(); ++i) {
    if (lower(text[i]) != urn_prefix[i]) return std::nullopt;
  }
  return parse(text.substr(urn_prefix.size()));
}

std::string Uuid::to_string() const {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  text.reserve(text_length);
  for (const std::uint8_t byte : bytes_) {
    if (hyphen_at(text.size())) text += '-';
    text += digits[byte >> 4];
    text += digits[byte & 0x0F];
  }
  return text;
}

}  // namespace sisu
