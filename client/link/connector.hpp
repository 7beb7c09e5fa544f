// A TCP connection to whichever address of the relay answers first (RFC 8305, simplified: one look-up, the system's
// order, attempts a quarter of a second apart), so that a broken IPv6 or IPv4 path costs no time-out.
#pragma once

#include "client/link/relay_address.hpp"

#include <asio/awaitable.hpp>
#include <asio/ip/tcp.hpp>

#include <chrono>

namespace sisu::client {

/// RFC 8305 5, "Connection Attempt Delay".
inline constexpr std::chrono::milliseconds attempt_delay{250};
/// Addresses of one name that are tried.
inline constexpr std::size_t most_addresses = 16;

/// Throws std::system_error with the last attempt's reason, or the resolver's. The caller sets the deadline.
asio::awaitable<asio::ip::tcp::socket> connect_to(RelayAddress relay,
                                                  std::chrono::milliseconds between_attempts = attempt_delay);

}  // namespace sisu::client
