// Listener: accepts from a user's ListeningSockets on the thread of the session that holds them.
#pragma once

#include "relay/tier1/listening_sockets.hpp"

#include <asio/any_io_executor.hpp>
#include <asio/ip/tcp.hpp>

#include <functional>
#include <memory>
#include <vector>

namespace sisu::relay::tier1 {

/// Used from its executor only.
class Listener {
 public:
  using OnConnection = std::function<void(asio::ip::tcp::socket, const Endpoint& peer, const ListeningSocket&)>;
  using ChooseExecutor = std::function<asio::any_io_executor()>;

  /// Begins to accept. Connections are given to `on_connection` on `executor`; they live there, too, or where `choose`
  /// says.
  Listener(asio::any_io_executor executor, std::shared_ptr<ListeningSockets> sockets, OnConnection on_connection,
           log::Logger logger, ChooseExecutor choose = nullptr);
  /// Stops; `on_connection` is not called any more.
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  /// Accepts no more and lets go of the sockets, which close unless another Listener holds them. A connection that was
  /// accepted just before may still be given out.
  void stop();

 private:
  struct Acceptor;
  std::vector<std::shared_ptr<Acceptor>> acceptors_;
};

}  // namespace sisu::relay::tier1
