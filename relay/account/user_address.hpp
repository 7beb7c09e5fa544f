// A user's IPv6 address is the relay's /64 and an interface identifier of the user's own. The identifier is what the
// registry keeps: it stays when the relay moves to another prefix.
#pragma once

#include "common/base/ip_address.hpp"

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sisu::relay {

/// The lower 64 bits of an address.
class InterfaceId {
 public:
  /// From the kernel's random numbers; never one that is_given_out() refuses.
  static InterfaceId random();
  /// 16 lower-case hexadecimal digits; only what may be given out.
  static std::optional<InterfaceId> parse(std::string_view text);

  /// Not the low 2^16, where an operator puts hosts of its own (::1, ::25, the gateway), and not what RFC 5453
  /// reserves.
  static bool is_given_out(std::uint64_t value);

  std::uint64_t value() const { return value_; }
  std::string to_string() const;
  auto operator<=>(const InterfaceId&) const = default;

 private:
  explicit InterfaceId(std::uint64_t value) : value_(value) {}
  std::uint64_t value_;
};

/// The relay's own /64.
class UserPrefix {
 public:
  /// "2001:db8:1:2::/64". Refuses other lengths, host bits, and what cannot be a user's: multicast, link-local, ::/64.
  static std::optional<UserPrefix> parse(std::string_view text);

  IpAddress address(InterfaceId id) const;
  bool contains(const IpAddress& address) const;
  std::string to_string() const;
  auto operator<=>(const UserPrefix&) const = default;

 private:
  explicit UserPrefix(IpAddress network) : network_(network) {}
  IpAddress network_;
};

}  // namespace sisu::relay
