#include "common/base/ip_address.hpp"

#include "common/base/expects.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <cstring>

namespace sisu {
namespace {

constexpr std::array<std::uint8_t, 12> mapped_prefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
constexpr unsigned v4_limit_prefix_bits = 24;
constexpr unsigned v6_limit_prefix_bits = 64;

std::optional<std::uint16_t> parse_port(std::string_view text) {
  if (text.empty() || text.size() > 5 || (text.size() > 1 && text.front() == '0')) return std::nullopt;
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return port;
}

}  // namespace

IpAddress IpAddress::v4(std::span<const std::uint8_t, 4> bytes) {
  IpAddress address;
  std::ranges::copy(bytes, address.bytes_.begin());
  return address;
}

IpAddress IpAddress::v6(std::span<const std::uint8_t, 16> bytes) {
  if (std::ranges::equal(bytes.first<12>(), mapped_prefix)) return v4(bytes.last<4>());
  IpAddress address;
  address.family_ = Family::v6;
  std::ranges::copy(bytes, address.bytes_.begin());
  return address;
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  std::array<char, INET6_ADDRSTRLEN> terminated{};
  if (text.size() >= terminated.size() || text.find('\0') != text.npos) return std::nullopt;
  std::ranges::copy(text, terminated.begin());
  std::array<std::uint8_t, 16> bytes{};
  if (::inet_pton(AF_INET, terminated.data(), bytes.data()) == 1) return v4(std::span(bytes).first<4>());
  if (::inet_pton(AF_INET6, terminated.data(), bytes.data()) == 1) return v6(bytes);
  return std::nullopt;
}

bool IpAddress::is_unspecified() const {
  return std::ranges::all_of(bytes_, [](std::uint8_t byte) { return byte == 0; });
}

bool IpAddress::is_loopback() const {
  if (is_v4()) return bytes_[0] == 127;
  return bytes_[15] == 1 && std::all_of(bytes_.begin(), bytes_.end() - 1, [](std::uint8_t byte) { return byte == 0; });
}

bool IpAddress::is_link_local() const {
  if (is_v4()) return bytes_[0] == 169 && bytes_[1] == 254;
  return bytes_[0] == 0xFE && (bytes_[1] & 0xC0) == 0x80;
}

bool IpAddress::is_multicast() const {
  if (is_v4()) return bytes_[0] >= 224;
  return bytes_[0] == 0xFF;
}

bool IpAddress::is_private() const {
  if (is_v6()) return (bytes_[0] & 0xFE) == 0xFC;
  return bytes_[0] == 10 || (bytes_[0] == 172 && (bytes_[1] & 0xF0) == 16) || (bytes_[0] == 192 && bytes_[1] == 168) ||
         (bytes_[0] == 100 && (bytes_[1] & 0xC0) == 64);
}

std::string IpAddress::to_string() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  ::inet_ntop(is_v4() ? AF_INET : AF_INET6, bytes_.data(), text.data(), text.size());
  return text.data();
}

IpAddress IpAddress::masked(unsigned bits) const {
  expects(bits <= bytes().size() * 8, "a prefix no longer than the address");
  IpAddress prefix = *this;
  for (std::size_t i = 0; i < bytes().size(); ++i) {
    const unsigned kept = bits > i * 8 ? std::min(bits - static_cast<unsigned>(i * 8), 8U) : 0U;
    prefix.bytes_[i] = static_cast<std::uint8_t>(prefix.bytes_[i] & (0xFF00U >> kept));
  }
  return prefix;
}

std::string Endpoint::to_string() const {
  const std::string host = address.is_v6() ? "[" + address.to_string() + "]" : address.to_string();
  return host + ":" + std::to_string(port);
}

std::optional<Endpoint> Endpoint::parse(std::string_view text) {
  const bool bracketed = text.starts_with('[');
  const std::size_t colon = bracketed ? text.find("]:") + 1 : text.rfind(':');
  if (colon == 0 || colon == text.npos || colon >= text.size()) return std::nullopt;
  const std::string_view host = bracketed ? text.substr(1, colon - 2) : text.substr(0, colon);
  const auto address = IpAddress::parse(host);
  const auto port = parse_port(text.substr(colon + 1));
  if (!address || !port) return std::nullopt;
  if (bracketed != (host.find(':') != host.npos)) return std::nullopt;  // IPv6 text stands in brackets, IPv4 does not
  return Endpoint{*address, *port};
}

IpAddress source_prefix(const IpAddress& address) {
  return address.masked(address.is_v4() ? v4_limit_prefix_bits : v6_limit_prefix_bits);
}

}  // namespace sisu
