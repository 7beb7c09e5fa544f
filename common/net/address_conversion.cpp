#include "common/net/address_conversion.hpp"

#include <algorithm>

namespace sisu::net {

IpAddress from_asio(const asio::ip::address& address) {
  if (address.is_v4()) {
    const auto bytes = address.to_v4().to_bytes();
    return IpAddress::v4(std::span<const std::uint8_t, 4>(bytes));
  }
  const auto bytes = address.to_v6().to_bytes();
  return IpAddress::v6(std::span<const std::uint8_t, 16>(bytes));
}

Endpoint from_asio(const asio::ip::tcp::endpoint& endpoint) { return {from_asio(endpoint.address()), endpoint.port()}; }

asio::ip::address to_asio(const IpAddress& address) {
  if (address.is_v4()) {
    asio::ip::address_v4::bytes_type bytes;
    std::ranges::copy(address.bytes(), bytes.begin());
    return asio::ip::address_v4(bytes);
  }
  asio::ip::address_v6::bytes_type bytes;
  std::ranges::copy(address.bytes(), bytes.begin());
  return asio::ip::address_v6(bytes);
}

asio::ip::tcp::endpoint to_asio(const Endpoint& endpoint) { return {to_asio(endpoint.address), endpoint.port}; }

}  // namespace sisu::net
