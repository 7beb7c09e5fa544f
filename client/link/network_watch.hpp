// Tells when the machine's network changes: an interface goes up or down, an address or a route comes or goes
// (rtnetlink(7)). What was learned about reaching the relay is then worth nothing.
#pragma once

#include "common/log/logger.hpp"

#include <asio/awaitable.hpp>

#include <chrono>
#include <functional>

namespace sisu::client {

/// Changes come in bursts; one call is made when a burst has been quiet for so long.
inline constexpr std::chrono::milliseconds network_settles{300};

/// Calls `changed` on the coroutine's executor until it is cancelled. Where the kernel refuses the socket (a sandbox),
/// says so in one log line and returns: the link then relies on keepalive and back-off alone.
asio::awaitable<void> watch_network(std::function<void()> changed, log::Logger logger);

}  // namespace sisu::client
