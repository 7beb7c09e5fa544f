// One SMTP connection on the receiving side: drives a ServerEngine over a byte stream, asks the policy, feeds the sink,
// keeps the time limits. Knows neither sockets nor OpenSSL: the stream may be TCP or an SSH channel, TLS is brought by
// a TlsUpgrade.
#pragma once

#include "common/log/logger.hpp"
#include "common/net/byte_stream.hpp"
#include "common/net/task_group.hpp"
#include "common/net/watchdog.hpp"
#include "common/smtp/connection_info.hpp"
#include "common/smtp/input_deadline.hpp"
#include "common/smtp/message_sink.hpp"
#include "common/smtp/recipient_policy.hpp"
#include "common/smtp/server_engine.hpp"
#include "common/smtp/tls_upgrade.hpp"

#include <asio/awaitable.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace sisu::smtp {

struct ServerConfig {
  ServerOptions options = {};
  ServerLimits limits = {};
  ServerTimeouts timeouts = {};
};

/// What a session works with. All must outlive it.
struct ServerServices {
  RecipientPolicy& policy;
  MessageSink& sink;
  TlsUpgrade* tls = nullptr;  ///< may be null only with StartTls::absent
  log::Logger log = {};       ///< the session adds `connection`, and `transaction` to each line about a message
};

/// Used on the executor of its stream only.
class ServerSession {
 public:
  /// Does not own `stream`, which must outlive the session.
  ServerSession(net::ByteStream& stream, ConnectionInfo connection, ServerServices services, ServerConfig config);
  ~ServerSession();

  /// From the greeting to the end of the connection; call once. Completes with the stream closed and no message left
  /// open. Throws nothing: whatever goes wrong ends this connection and is logged. May be cancelled.
  asio::awaitable<void> run();

  /// Lets the running transaction end, for ServerTimeouts::stop_grace at most, then sends 421 4.3.2 and ends. Without a
  /// transaction at once. run() completes afterwards. Idempotent.
  void stop();

 private:
  enum class Activity { working, reading, writing, handshaking, lingering };

  asio::awaitable<void> converse();
  asio::awaitable<void> dispatch(ServerEvent event);
  asio::awaitable<void> on(NeedInput);
  asio::awaitable<void> on(SenderGiven);
  asio::awaitable<void> on(RecipientGiven given);
  asio::awaitable<void> on(MessageBegun);
  asio::awaitable<void> on(MessageBytes piece);
  asio::awaitable<void> on(MessageEnded);
  asio::awaitable<void> on(MessageAborted aborted);
  asio::awaitable<void> on(TlsRequested);
  asio::awaitable<void> on(Closed closed);

  asio::awaitable<void> flush();
  asio::awaitable<void> linger();
  asio::awaitable<void> say_farewell();
  void part_with(const Reply& reply);
  void on_time_out();
  void on_grace_over();
  void drop_message() noexcept;
  void close() noexcept;
  std::string describe_end(const std::exception_ptr& failure) const;

  net::ByteStream& base_;
  std::unique_ptr<net::ByteStream> secured_;
  net::ByteStream* stream_;  // secured_ once there is TLS, base_ before
  ConnectionInfo connection_;
  ServerServices services_;
  ServerTimeouts timeouts_;
  log::Logger log_;
  log::Logger transaction_log_;
  ServerEngine engine_;
  std::unique_ptr<char[]> buffer_;

  mail::Envelope envelope_;  // of the message that writer_ takes
  DeliveryId delivery_;
  std::unique_ptr<MessageWriter> writer_;
  std::uint64_t message_octets_ = 0;

  Activity activity_ = Activity::working;
  bool ended_ = false;    // converse() has nothing more to do
  bool parting_ = false;  // our last reply goes out while a read is still pending
  bool stopping_ = false;
  bool grace_over_ = false;
  std::string end_reason_ = "peer ended the connection";
  std::uint64_t received_ = 0;
  std::uint64_t stored_ = 0;

  net::TaskGroup children_;
  InputDeadline deadline_;
  net::Watchdog watchdog_;
  net::Watchdog last_resort_;  // closes the stream when parting takes too long
  net::Watchdog grace_;
};

}  // namespace sisu::smtp
