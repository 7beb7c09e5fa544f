// Gateway: the SSH listener and the event loops that its sessions live on, one thread each. A session, its user's
// listener and its deliveries stay on the loop that the connection was given to; loops share only what Environment
// holds.
#pragma once

#include "relay/gateway/environment.hpp"
#include "relay/limits/early_drop.hpp"
#include "relay/tier1/listener.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace sisu::relay::gateway {

class Gateway {
 public:
  /// `loops` at least 1. `environment` outlives the gateway.
  Gateway(Environment& environment, std::size_t loops);
  /// After run() has returned, or instead of it.
  ~Gateway();
  Gateway(const Gateway&) = delete;
  Gateway& operator=(const Gateway&) = delete;

  /// Opens the SSH listening sockets: all of them, or none. The error is one line. Once, before run().
  Result<void, std::string> listen(std::span<const Endpoint> addresses);
  /// Where it listens; port 0 is resolved.
  std::vector<Endpoint> addresses() const;

  /// The loop that run() drives on the caller's thread: for signals and the like.
  asio::any_io_executor executor();
  /// Serves until stop() has done its work.
  void run();

  /// Whether each loop of a running gateway gets round to a small task within `patience`. Blocks; not on a loop.
  bool responds(std::chrono::milliseconds patience);

  /// Refuses new connections, lets running deliveries end within the limit stop-grace, ends the sessions; run() then
  /// returns. Safe from any thread; idempotent.
  void stop();

 private:
  class Loop;

  asio::any_io_executor next_executor();
  Loop& loop_of(asio::ip::tcp::socket& socket);
  void stop_here();
  bool drops_early(const IpAddress& source);

  Environment& environment_;
  EarlyDrop early_drop_;
  std::vector<std::unique_ptr<Loop>> loops_;
  std::size_t chosen_ = 0;
  std::shared_ptr<tier1::ListeningSockets> sockets_;
  std::unique_ptr<tier1::Listener> listener_;
  bool stopping_ = false;
};

}  // namespace sisu::relay::gateway
