#include "relay/account/user_address.hpp"

#include "common/base/random.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace sisu::relay {
namespace {

constexpr std::uint64_t low_end = 1U << 16;
constexpr std::size_t hex_digits = 16;
constexpr std::string_view length_suffix = "/64";
constexpr unsigned length = 64;

bool is_lower_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

}  // namespace

bool InterfaceId::is_given_out(std::uint64_t value) {
  if (value < low_end) return false;              // the subnet-router anycast address, zero, among them
  if (value >> 24 == 0x02005EFFFE) return false;  // RFC 5453 4: 0200:5EFF:FE00:0000 to 0200:5EFF:FEFF:FFFF
  return value < 0xFDFFFFFFFFFFFF80 || value > 0xFDFFFFFFFFFFFFFF;  // RFC 2526: subnet anycast addresses
}

InterfaceId InterfaceId::random() {
  for (;;) {
    std::array<std::uint8_t, 8> bytes{};
    fill_random(bytes);
    std::uint64_t value = 0;
    for (const std::uint8_t byte : bytes) value = value << 8 | byte;
    if (is_given_out(value)) return InterfaceId(value);
  }
}

std::optional<InterfaceId> InterfaceId::parse(std::string_view text) {
  if (text.size() != hex_digits || !std::ranges::all_of(text, is_lower_hex)) return std::nullopt;
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (!is_given_out(value)) return std::nullopt;
  return InterfaceId(value);
}

std::string InterfaceId::to_string() const {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text(hex_digits, '0');
  std::uint64_t rest = value_;
  for (std::size_t i = hex_digits; i-- > 0; rest >>= 4) text[i] = digits[rest & 0xF];
  return text;
}

std::optional<UserPrefix> UserPrefix::parse(std::string_view text) {
  if (!text.ends_with(length_suffix)) return std::nullopt;
  text.remove_suffix(length_suffix.size());
  const auto network = IpAddress::parse(text);
  if (!network || !network->is_v6() || network->masked(length) != *network) return std::nullopt;
  if (network->is_multicast() || network->is_link_local() || network->is_unspecified()) return std::nullopt;
  return UserPrefix(*network);
}

IpAddress UserPrefix::address(InterfaceId id) const {
  std::array<std::uint8_t, 16> bytes{};
  std::ranges::copy(network_.bytes(), bytes.begin());
  std::uint64_t rest = id.value();
  for (std::size_t i = bytes.size(); i-- > 8; rest >>= 8) bytes[i] = static_cast<std::uint8_t>(rest);
  return IpAddress::v6(bytes);
}

bool UserPrefix::contains(const IpAddress& address) const {
  return address.is_v6() && address.masked(length) == network_;
}

std::string UserPrefix::to_string() const { return network_.to_string() + std::string(length_suffix); }

}  // namespace sisu::relay
