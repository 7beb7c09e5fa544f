// IP addresses, endpoints and prefixes as plain values, free of any network library, so that wire codecs and engines
// can speak of peers. IPv4-mapped IPv6 addresses (::ffff:a.b.c.d) are unmapped when a value is made.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sisu {

class IpAddress {
 public:
  enum class Family : std::uint8_t { v4, v6 };

  IpAddress() = default;  ///< 0.0.0.0
  static IpAddress v4(std::span<const std::uint8_t, 4> bytes);
  static IpAddress v6(std::span<const std::uint8_t, 16> bytes);

  /// Dotted decimal, or RFC 4291 2.2 text without a zone id.
  static std::optional<IpAddress> parse(std::string_view text);

  Family family() const { return family_; }
  bool is_v4() const { return family_ == Family::v4; }
  bool is_v6() const { return family_ == Family::v6; }

  /// 4 or 16 bytes in network order; valid as long as this object.
  std::span<const std::uint8_t> bytes() const { return {bytes_.data(), is_v4() ? std::size_t{4} : std::size_t{16}}; }

  bool is_unspecified() const;
  bool is_loopback() const;    ///< 127.0.0.0/8, ::1
  bool is_link_local() const;  ///< 169.254.0.0/16, fe80::/10
  bool is_multicast() const;   ///< 224.0.0.0/4 and broadcast, ff00::/8
  bool is_private() const;     ///< RFC 1918, RFC 6598, fc00::/7

  /// RFC 5952 text: "192.0.2.1", "2001:db8::1".
  std::string to_string() const;

  /// The first `bits` bits, the rest zero. `bits` is at most 32 or 128.
  IpAddress masked(unsigned bits) const;

  auto operator<=>(const IpAddress&) const = default;

 private:
  Family family_ = Family::v4;
  std::array<std::uint8_t, 16> bytes_{};
};

struct Endpoint {
  IpAddress address;
  std::uint16_t port = 0;

  /// "192.0.2.1:25" or "[2001:db8::1]:25".
  std::string to_string() const;
  /// The same forms; the port must be there. Leading zeros and signs are refused.
  static std::optional<Endpoint> parse(std::string_view text);

  auto operator<=>(const Endpoint&) const = default;
};

/// The source prefix that limits count by: /24 for IPv4, /64 for IPv6 (one subscriber can hold a whole /64).
IpAddress source_prefix(const IpAddress& address);

}  // namespace sisu
