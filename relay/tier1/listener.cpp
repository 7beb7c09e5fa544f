#include "relay/tier1/listener.hpp"

#include "common/net/address_conversion.hpp"

#include <asio/error.hpp>
#include <asio/steady_timer.hpp>

#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>

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

// Each has a descriptor of its own for the one listening socket: two sessions on the same loop may hold it for a
// moment, and epoll takes a descriptor once only. It is released, never closed, through Asio: its reactor forgets a
// descriptor that it closes without telling epoll, and the socket stays open in the hands of others.
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
    const int own = ::fcntl(one.descriptor, F_DUPFD_CLOEXEC, 0);
    if (own < 0) throw std::system_error(errno, std::system_category(), "listening socket");
    asio::error_code error;
    acceptor.assign(protocol, own, error);
    if (!error) return;
    ::close(own);
    throw std::system_error(error, "listening socket");
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
    ::close(acceptor.release(ignored));
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
