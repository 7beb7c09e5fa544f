#include "client/link/relay_address.hpp"

#include "common/base/ip_address.hpp"

#include <algorithm>
#include <charconv>

namespace sisu::client {
namespace {

constexpr std::size_t longest_name = 253;  // RFC 1035 2.3.4, as text

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size() || port == 0) return std::nullopt;
  return port;
}

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

bool is_name(std::string_view host) {
  return !host.empty() && host.size() <= longest_name && host.front() != '-' &&
         std::ranges::all_of(host, is_name_character);
}

}  // namespace

std::optional<RelayAddress> RelayAddress::parse(std::string_view text) {
  RelayAddress relay;
  const auto colon = text.rfind(':');
  const bool has_port = colon != std::string_view::npos && !text.ends_with(']');
  std::string_view host = has_port ? text.substr(0, colon) : text;
  if (has_port) {
    const auto port = parse_port(text.substr(colon + 1));
    if (!port) return std::nullopt;
    relay.port = *port;
  }
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
    const auto address = IpAddress::parse(host);
    if (!address || !address->is_v6()) return std::nullopt;
  } else if (!is_name(host)) {
    return std::nullopt;
  }
  relay.host = host;
  return relay;
}

std::string RelayAddress::to_string() const {
  const bool is_v6 = host.find(':') != std::string::npos;
  return (is_v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

}  // namespace sisu::client
