#include "relay/tier1/listener.hpp"

#include "common/net/address_conversion.hpp"

#include <asio/error.hpp>
#include <asio/steady_timer.hpp>

#include <chrono>

namespace sisu::relay::tier1 {
namespace {

/// After an error that concerns us and not one connection (no descriptors left), before the next attempt.
constexpr auto pause_after_error = std::chrono::seconds(1);

bool concerns_one_connection(const asio::error_code& error) {
  // accept(2): errors already pending on the new socket are reported here and are to be treated like EAGAIN.
  return error == asio::error::connection_aborted || error == asio::error::interrupted ||
         error == asio::error::network_down || error == asio::error::host_unreachable ||
         error == asio::error::network_unreachable;
}

}  // namespace

// The descriptor is lent to Asio and released, never closed, through it: its reactor forgets a descriptor that it
// closes without telling epoll, and this one may stay open in the hands of another thread.
struct Listener::Acceptor : std::enable_shared_from_this<Listener::Acceptor> {
  Acceptor(const asio::any_io_executor& executor, std::shared_ptr<ListeningSockets> all, const ListeningSocket& one,
           OnConnection handler, log::Logger log, ChooseExecutor chooser)
      : sockets(std::move(all)),
        socket(one),
        acceptor(executor),
        pause(executor),
        on_connection(std::move(handler)),
        choose(std::move(chooser)),
        logger(std::move(log)) {
    const auto protocol = one.address.address.is_v4() ? asio::ip::tcp::v4() : asio::ip::tcp::v6();
    acceptor.assign(protocol, one.descriptor);
  }

  void accept_next() {
    const auto home = choose ? choose() : acceptor.get_executor();
    acceptor.async_accept(home, peer,
                          [self = shared_from_this()](asio::error_code error, asio::ip::tcp::socket connection) {
                            self->accepted(error, std::move(connection));
                          });
  }

  void accepted(const asio::error_code& error, asio::ip::tcp::socket connection) {
    if (!error && on_connection) on_connection(std::move(connection), net::from_asio(peer), socket);
    if (!acceptor.is_open()) return;
    if (!error || concerns_one_connection(error)) return accept_next();
    logger.error("cannot accept", {{"listener", socket.id}, {"address", socket.address}, {"error", error.message()}});
    pause.expires_after(pause_after_error);
    pause.async_wait([self = shared_from_this()](asio::error_code) {
      if (self->acceptor.is_open()) self->accept_next();
    });
  }

  void stop() {
    if (!acceptor.is_open()) return;
    asio::error_code ignored;
    acceptor.release(ignored);
    pause.cancel();
    sockets.reset();
  }

  std::shared_ptr<ListeningSockets> sockets;
  ListeningSocket socket;
  asio::ip::tcp::acceptor acceptor;
  asio::ip::tcp::endpoint peer;
  asio::steady_timer pause;
  OnConnection on_connection;
  ChooseExecutor choose;
  log::Logger logger;
};

Listener::Listener(asio::any_io_executor executor, std::shared_ptr<ListeningSockets> sockets,
                   OnConnection on_connection, log::Logger logger, ChooseExecutor choose) {
  for (const ListeningSocket& socket : sockets->sockets()) {
    acceptors_.push_back(std::make_shared<Acceptor>(executor, sockets, socket, on_connection, logger, choose));
    acceptors_.back()->accept_next();
  }
}

Listener::~Listener() {
  stop();
  for (const auto& acceptor : acceptors_) acceptor->on_connection = nullptr;
}

void Listener::stop() {
  for (const auto& acceptor : acceptors_) acceptor->stop();
}

}  // namespace sisu::relay::tier1
