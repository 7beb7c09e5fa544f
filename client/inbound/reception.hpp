// Where senders' connections are served, whichever way they came: delivery channels of the relay, local ports. Counts
// them, reads their preface, runs one SMTP session for each, and lets them end when the program stops.
#pragma once

#include "client/inbound/labelling_sink.hpp"
#include "client/inbound/preface_reader.hpp"
#include "common/log/logger.hpp"
#include "common/net/task_group.hpp"
#include "common/smtp/server_session.hpp"
#include "common/ssh/client_session.hpp"

#include <asio/ip/tcp.hpp>

#include <chrono>
#include <map>
#include <memory>
#include <set>
#include <string>

namespace sisu::client {

struct ReceptionLimits {
  std::size_t connections = 500;              ///< served at once, in all
  std::size_t listener_connections = 200;     ///< at once on one local port, or by way of the relay
  std::chrono::milliseconds preface{30'000};  ///< for a PROXY v2 header to be complete
  std::chrono::milliseconds farewell{5'000};  ///< to be rid of a connection that is one too many
};

struct ReceptionOptions {
  std::string host;  ///< USER.v6.ZONE: in the greeting and in Received
  Network network = Network::internet;
  ReceptionLimits limits;
  smtp::ServerLimits smtp_limits;
  smtp::ServerTimeouts smtp_timeouts;
};

/// Where a local connection came in.
struct ListenerInfo {
  ListenerId id;
  Endpoint address;
  enum class Preface { none, proxy_v2 };
  Preface preface = Preface::none;
};

/// On one executor. `policy`, `sink` and `tls` must outlive it.
class Reception {
 public:
  Reception(asio::any_io_executor executor, ReceptionOptions options, smtp::RecipientPolicy& policy,
            smtp::MessageSink& sink, smtp::TlsUpgrade& tls, log::Logger logger);

  /// A channel of this client's own relay session: its messages are Tier 1.
  void take_delivery(ssh::ForwardedChannel forwarded, SessionId session);
  /// A connection to a local port.
  void take_local(asio::ip::tcp::socket socket, const ListenerInfo& listener);

  /// Running transactions may end (ServerTimeouts::stop_grace), all else gets 421. New connections are refused.
  void stop();
  /// Cuts what is left.
  void abort();
  /// Completes when no connection is left.
  asio::awaitable<void> join();

  std::size_t connections() const { return connections_; }

 private:
  class Place;
  class Running;

  asio::awaitable<void> serve_delivery(std::unique_ptr<net::ByteStream> stream, SessionId session);
  asio::awaitable<void> serve_local(std::unique_ptr<net::ByteStream> stream, ListenerInfo listener,
                                    smtp::ConnectionInfo connection);
  asio::awaitable<void> converse(net::ByteStream& stream, smtp::ConnectionInfo connection, smtp::MessageSink& sink,
                                 const log::Logger& logger);
  asio::awaitable<void> turn_away(std::unique_ptr<net::ByteStream> stream);
  asio::awaitable<void> say_farewell(net::ByteStream& stream);
  bool admits(ListenerId way);

  asio::any_io_executor executor_;
  ReceptionOptions options_;
  smtp::RecipientPolicy& policy_;
  smtp::TlsUpgrade& tls_;
  log::Logger logger_;
  LabellingSink from_relay_;
  LabellingSink from_local_;
  net::TaskGroup tasks_;
  std::set<smtp::ServerSession*> sessions_;
  std::map<ListenerId, std::size_t> per_way_;  // the relay counts as the nil id
  std::size_t connections_ = 0;
  bool stopping_ = false;
};

}  // namespace sisu::client
