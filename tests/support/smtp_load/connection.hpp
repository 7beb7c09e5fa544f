// One connection of a load run: TCP, greeting, EHLO, STARTTLS if asked, then messages.
#pragma once

#include "common/net/tcp_stream.hpp"
#include "common/smtp/client_session.hpp"
#include "common/tls/context.hpp"
#include "tests/support/smtp_load/options.hpp"

#include <memory>

namespace sisu::load {

class Connection {
 public:
  /// Throws std::system_error, also for replies that do not let a sender go on (their text is the message).
  static asio::awaitable<std::unique_ptr<Connection>> open(const Options& options, tls::Context tls);

  asio::awaitable<smtp::SendOutcome> send(const mail::Envelope& envelope, std::string_view message);
  /// QUIT; errors do not matter any more.
  asio::awaitable<void> quit();

  unsigned messages_sent() const { return messages_sent_; }

 private:
  Connection(asio::ip::tcp::socket socket, const Options& options);
  asio::awaitable<void> begin(const Options& options, tls::Context tls);

  net::TcpStream stream_;
  smtp::ClientSession session_;
  unsigned messages_sent_ = 0;
};

}  // namespace sisu::load
