// HOST[:PORT] of a relay, as a person writes it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sisu::client {

struct RelayAddress {
  std::string host;  ///< a name or an address, without brackets
  std::uint16_t port = 22;

  /// "relay.example.org", "relay.example.org:2222", "192.0.2.1:2222", "[2001:db8::1]:2222". An IPv6 address needs its
  /// brackets.
  static std::optional<RelayAddress> parse(std::string_view text);
  std::string to_string() const;

  bool operator==(const RelayAddress&) const = default;
};

}  // namespace sisu::client
