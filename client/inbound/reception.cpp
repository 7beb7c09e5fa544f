#include "client/inbound/reception.hpp"

#include "common/net/address_conversion.hpp"
#include "common/net/deadline.hpp"
#include "common/net/tcp_stream.hpp"
#include "common/smtp/reply.hpp"
#include "proto/forward_kind.hpp"
#include "proto/source_check.hpp"

#include <asio/error.hpp>

#include <array>
#include <utility>

namespace sisu::client {
namespace {

const ListenerId by_relay;  // nil: no local listener has it

bool is_cancellation(const std::system_error& error) { return error.code() == asio::error::operation_aborted; }

}  // namespace

/// One connection in the counts, from its acceptance to its end.
class Reception::Place {
 public:
  Place(Reception& reception, ListenerId way) : reception_(reception), way_(way) {
    ++reception_.connections_;
    ++reception_.per_way_[way_];
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  ~Place() {
    --reception_.connections_;
    if (--reception_.per_way_[way_] == 0) reception_.per_way_.erase(way_);
  }

 private:
  Reception& reception_;
  ListenerId way_;
};

/// A session that stop() reaches.
class Reception::Running {
 public:
  Running(Reception& reception, smtp::ServerSession& session) : reception_(reception), session_(session) {
    reception_.sessions_.insert(&session_);
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  ~Running() { reception_.sessions_.erase(&session_); }

 private:
  Reception& reception_;
  smtp::ServerSession& session_;
};

Reception::Reception(asio::any_io_executor executor, ReceptionOptions options, smtp::RecipientPolicy& policy,
                     smtp::MessageSink& sink, smtp::TlsUpgrade& tls, log::Logger logger)
    : executor_(executor),
      options_(std::move(options)),
      policy_(policy),
      tls_(tls),
      logger_(std::move(logger)),
      from_relay_(smtp::Tier::relay, options_.host, sink),
      from_local_(smtp::Tier::local, options_.host, sink),
      tasks_(executor) {}

bool Reception::admits(ListenerId way) {
  const auto here = per_way_.find(way);
  const std::size_t on_this_way = here == per_way_.end() ? 0 : here->second;
  const auto& limits = options_.limits;
  if (stopping_) return false;
  if (connections_ < limits.connections && on_this_way < limits.listener_connections) return true;
  logger_.warning("too many connections", {{"here", on_this_way}, {"in_all", connections_}});
  return false;
}

void Reception::take_delivery(ssh::ForwardedChannel forwarded, SessionId session) {
  const auto kind = proto::parse_forward(forwarded.connected_address, forwarded.connected_port);
  if (kind != proto::ForwardKind::smtp_delivery) {
    logger_.warning("a channel that was not asked for", {{"session", session}, {"to", forwarded.connected_address}});
    return;  // the channel closes with its owner
  }
  const bool admitted = admits(by_relay);
  tasks_.spawn(admitted ? serve_delivery(std::move(forwarded.channel), session)
                        : turn_away(std::move(forwarded.channel)));
}

void Reception::take_local(asio::ip::tcp::socket socket, const ListenerInfo& listener) {
  asio::error_code gone;
  const auto peer = socket.remote_endpoint(gone);
  if (gone) return;
  smtp::ConnectionInfo connection;
  connection.id = ConnectionId::random();
  connection.peer = net::from_asio(peer);
  connection.local = net::from_asio(socket.local_endpoint(gone));
  connection.accepted = std::chrono::system_clock::now();
  auto stream = std::make_unique<net::TcpStream>(std::move(socket));
  const bool admitted = admits(listener.id);
  tasks_.spawn(admitted ? serve_local(std::move(stream), listener, std::move(connection))
                        : turn_away(std::move(stream)));
}

asio::awaitable<void> Reception::serve_delivery(std::unique_ptr<net::ByteStream> stream, SessionId session) {
  const Place place(*this, by_relay);
  const log::Logger logger = logger_.with({{"session", session}});
  try {
    const auto header = co_await net::with_deadline(read_preface(*stream), options_.limits.preface);
    const proto::Preface preface = require_delivery(header, options_.network);
    smtp::ConnectionInfo connection;
    connection.id = preface.connection_id;
    connection.peer = preface.source;
    connection.local = preface.destination;
    connection.accepted = preface.accepted;
    co_await converse(*stream, std::move(connection), from_relay_, logger);
  } catch (const PrefaceError& error) {
    logger.warning("delivery refused", {{"reason", error.what()}});
  } catch (const std::system_error& error) {
    if (is_cancellation(error)) throw;
    logger.info("delivery ended before it began", {{"reason", error.code().message()}});
  }
  stream->close();
}

asio::awaitable<void> Reception::serve_local(std::unique_ptr<net::ByteStream> stream, ListenerInfo listener,
                                             smtp::ConnectionInfo connection) {
  const Place place(*this, listener.id);
  const log::Logger logger = logger_.with({{"listener", listener.id}});
  try {
    if (listener.preface == ListenerInfo::Preface::proxy_v2) {
      if (!connection.peer.address.is_loopback()) throw PrefaceError("the peer is not on this machine");
      const auto header = co_await net::with_deadline(read_preface(*stream), options_.limits.preface);
      take_addresses(header, connection);
    }
    co_await converse(*stream, std::move(connection), from_local_, logger);
  } catch (const PrefaceError& error) {
    logger.warning("connection refused", {{"peer", connection.peer.to_string()}, {"reason", error.what()}});
  } catch (const std::system_error& error) {
    if (is_cancellation(error)) throw;
    logger.info("connection ended before it began", {{"reason", error.code().message()}});
  }
  stream->close();
}

asio::awaitable<void> Reception::converse(net::ByteStream& stream, smtp::ConnectionInfo connection,
                                          smtp::MessageSink& sink, const log::Logger& logger) {
  logger.info("smtp connection begun",
              {{"connection", connection.id}, {"peer", connection.peer}, {"local", connection.local}});
  smtp::ServerConfig config;
  config.options.hostname = options_.host;
  config.limits = options_.smtp_limits;
  config.timeouts = options_.smtp_timeouts;
  const smtp::ServerServices services{policy_, sink, &tls_, logger};
  // Not in the frame: one of over 1020 bytes makes g++ 12 warn of Asio's own operator delete.
  const auto session = std::make_unique<smtp::ServerSession>(stream, std::move(connection), services, config);
  const Running running(*this, *session);
  if (stopping_) session->stop();
  co_await session->run();
}

asio::awaitable<void> Reception::turn_away(std::unique_ptr<net::ByteStream> stream) {
  try {
    co_await net::with_deadline(say_farewell(*stream), options_.limits.farewell);
  } catch (const std::system_error& error) {
    if (is_cancellation(error)) throw;  // any other way for the peer to go is as good
  }
  stream->close();
}

/// RFC 5321 3.1: a server that will not serve may greet with 421. What the peer has sent already is read, because a
/// connection that is closed with octets unread is reset, and the reset can overtake the reply.
asio::awaitable<void> Reception::say_farewell(net::ByteStream& stream) {
  const smtp::Reply reply{421, "4.3.2",
                          stopping_ ? "stopping; try again later" : "too many connections; try again later"};
  const std::string line = reply.to_smtp();
  co_await stream.write(line);
  co_await stream.finish();
  std::array<char, 1024> unread{};
  while (co_await stream.read_some(unread) > 0) {
  }
}

void Reception::stop() {
  stopping_ = true;
  for (smtp::ServerSession* session : sessions_) session->stop();
}

void Reception::abort() { tasks_.stop(); }

asio::awaitable<void> Reception::join() { co_await tasks_.join(); }

}  // namespace sisu::client
