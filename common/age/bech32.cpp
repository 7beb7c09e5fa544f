#include "common/age/bech32.hpp"

#include "common/base/secret.hpp"

#include <array>

namespace sisu::age {
namespace {

constexpr std::string_view alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
constexpr std::size_t data_digits = 52;  // 32 octets, five bits a digit, four bits left over
constexpr std::size_t checksum_digits = 6;

/// BIP 173, "Checksum": takes one more digit into `state`.
std::uint32_t polymod(std::uint32_t state, std::uint32_t digit) {
  constexpr std::array<std::uint32_t, 5> generator{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3};
  const std::uint32_t top = state >> 25;
  state = (state & 0x1ffffff) << 5 ^ digit;
  for (unsigned i = 0; i < generator.size(); ++i)
    if ((top >> i & 1) != 0) state ^= generator[i];
  return state;
}

std::uint32_t polymod_of_prefix(std::string_view prefix) {
  std::uint32_t state = 1;
  for (const char c : prefix) state = polymod(state, static_cast<std::uint32_t>(c) >> 5);
  state = polymod(state, 0);
  for (const char c : prefix) state = polymod(state, static_cast<std::uint32_t>(c) & 31);
  return state;
}

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
char to_lower(char c) { return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c; }

bool has_prefix(std::string_view text, std::string_view prefix) {
  for (std::size_t i = 0; i < prefix.size(); ++i)
    if (to_lower(text[i]) != prefix[i]) return false;
  return text[prefix.size()] == '1';
}

/// Four bits of the last digit belong to no octet and are zero.
bool join_digits(std::span<const std::uint8_t, data_digits> digits, std::span<std::uint8_t, 32> out) {
  std::uint32_t bits = 0;
  unsigned held = 0;
  std::size_t at = 0;
  for (const std::uint8_t digit : digits) {
    bits = (bits << 5 | digit) & 0xfff;
    held += 5;
    if (held < 8) continue;
    held -= 8;
    out[at++] = static_cast<std::uint8_t>(bits >> held);
  }
  return (bits & 15) == 0;
}

}  // namespace

bool decode_bech32(std::string_view text, std::string_view prefix, std::span<std::uint8_t, 32> out) {
  if (text.size() != prefix.size() + 1 + data_digits + checksum_digits || !has_prefix(text, prefix)) return false;
  bool upper = false;
  bool lower = false;
  for (const char c : text) {
    upper |= is_upper(c);
    lower |= is_lower(c);
  }
  if (upper && lower) return false;
  text.remove_prefix(prefix.size() + 1);
  Secret<data_digits + checksum_digits> digits;
  std::uint32_t state = polymod_of_prefix(prefix);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto digit = alphabet.find(to_lower(text[i]));
    if (digit == std::string_view::npos) return false;
    digits.bytes()[i] = static_cast<std::uint8_t>(digit);
    state = polymod(state, static_cast<std::uint32_t>(digit));
  }
  if (state == 1 && join_digits(digits.bytes().first<data_digits>(), out)) return true;
  wipe(out.data(), out.size());
  return false;
}

}  // namespace sisu::age
