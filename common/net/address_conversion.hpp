// Between Asio's addresses and ours.
#pragma once

#include "common/base/ip_address.hpp"

#include <asio/ip/tcp.hpp>

namespace sisu::net {

IpAddress from_asio(const asio::ip::address& address);
Endpoint from_asio(const asio::ip::tcp::endpoint& endpoint);
asio::ip::address to_asio(const IpAddress& address);
asio::ip::tcp::endpoint to_asio(const Endpoint& endpoint);

}  // namespace sisu::net
