#include "client/inbound/local_listener.hpp"

#include "common/net/address_conversion.hpp"

#include <asio/experimental/as_tuple.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

#include <system_error>

namespace sisu::client {
namespace {

using asio::experimental::as_tuple;
using asio::ip::tcp;

/// When there is no descriptor left for one more connection, others must end first.
constexpr std::chrono::milliseconds pause_after_error{100};

std::string advice(const std::error_code& error) {
  if (error == asio::error::address_in_use) return "; another program has it: stop that one, or choose another port";
  if (error == asio::error::access_denied) return "; ports below 1024 need a privilege: choose a higher one";
  return "";
}

}  // namespace

Result<LocalListener, std::string> LocalListener::open(asio::any_io_executor executor, Endpoint address,
                                                       ListenerInfo::Preface preface) {
  tcp::acceptor acceptor(executor);
  const tcp::endpoint wanted = net::to_asio(address);
  asio::error_code error;
  acceptor.open(wanted.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(wanted, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) return fail("cannot listen on " + address.to_string() + ": " + error.message() + advice(error));
  ListenerInfo info{ListenerId::random(), net::from_asio(acceptor.local_endpoint()), preface};
  return LocalListener(std::move(acceptor), std::move(info));
}

asio::awaitable<void> LocalListener::serve(Reception& reception, log::Logger logger) {
  asio::steady_timer pause(co_await asio::this_coro::executor);
  while (acceptor_.is_open()) {
    auto [error, socket] = co_await acceptor_.async_accept(as_tuple(asio::use_awaitable));
    if (!error) {
      reception.take_local(std::move(socket), info_);
      continue;
    }
    if (error == asio::error::operation_aborted || error == asio::error::bad_descriptor) co_return;
    logger.warning("cannot accept a connection", {{"listener", info_.id}, {"reason", error.message()}});
    pause.expires_after(pause_after_error);
    co_await pause.async_wait(asio::use_awaitable);
  }
}

void LocalListener::close() noexcept {
  asio::error_code ignored;
  acceptor_.close(ignored);
}

}  // namespace sisu::client
