// One SMTP connection on the sending side (RFC 5321 3): greeting, EHLO, STARTTLS, messages, QUIT, over any byte stream.
// Every call returns the server's reply; what to make of it is for the caller. Not for concurrent calls.
#pragma once

#include "common/mail/envelope.hpp"
#include "common/net/byte_stream.hpp"
#include "common/net/watchdog.hpp"
#include "common/smtp/extensions.hpp"
#include "common/smtp/reply.hpp"
#include "common/smtp/reply_parser.hpp"
#include "common/smtp/tls_upgrade.hpp"

#include <asio/awaitable.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sisu::smtp {

/// RFC 5321 4.5.3.2.
struct ClientTimeouts {
  using Duration = std::chrono::steady_clock::duration;
  Duration command = std::chrono::minutes(5);     ///< greeting, and each command but DATA, 4.5.3.2.1 to 3
  Duration data_start = std::chrono::minutes(2);  ///< DATA, 4.5.3.2.4
  Duration data_block = std::chrono::minutes(3);  ///< for the server to take a block of a message, 4.5.3.2.5
  Duration data_end = std::chrono::minutes(10);   ///< the reply to a whole message, 4.5.3.2.6
  Duration tls_handshake = std::chrono::minutes(1);
};

struct ClientConfig {
  std::string hello;  ///< name or address literal that EHLO gives
  ClientTimeouts timeouts = {};
  ReplyLimits limits = {};
  bool prefer_chunking = false;  ///< BDAT instead of DATA where it is offered
};

/// What became of one message.
struct SendOutcome {
  Reply sender;                   ///< to MAIL
  std::vector<Reply> recipients;  ///< to each RCPT, in their order; empty if MAIL was refused without PIPELINING
  Reply message;                  ///< to the message; where it was not sent, the reply that prevented it
};

/// Errors are std::system_error: of the stream, asio::error::timed_out, asio::error::eof where the server hung up, and
/// std::errc::bad_message for what is not SMTP. The connection is of no use after one.
class ClientSession {
 public:
  /// Does not own `stream`, which must outlive the session.
  ClientSession(net::ByteStream& stream, ClientConfig config);
  ~ClientSession();

  asio::awaitable<Reply> greeting();
  /// EHLO, or HELO where EHLO is not known (5xx).
  asio::awaitable<Reply> hello();
  /// STARTTLS, the handshake, and EHLO again. The reply to STARTTLS if it is not 220, else that to EHLO. Octets that
  /// the server sends behind its 220 in the clear are an error.
  asio::awaitable<Reply> start_tls(TlsUpgrade& tls);
  /// MAIL, RCPT and the message, pipelined where offered. `message` has CRLF line ends and must live until completion.
  /// A message that the server's extensions do not allow (RFC 6531 3.6, RFC 3030 3, RFC 1870 6.1) is not sent: the
  /// outcome is a 5xx made here.
  asio::awaitable<SendOutcome> send(const mail::Envelope& envelope, std::string_view message);
  asio::awaitable<Reply> reset();
  /// QUIT, then ends our side of the stream.
  asio::awaitable<Reply> quit();
  /// Any other command; `line` is without CRLF and must hold no control character.
  asio::awaitable<Reply> command(std::string_view line);

  const Extensions& extensions() const { return extensions_; }
  const std::optional<TlsInfo>& tls() const { return tls_; }

 private:
  using Duration = ClientTimeouts::Duration;

  asio::awaitable<void> write(std::string_view bytes, Duration limit);
  asio::awaitable<Reply> read_reply(Duration limit);
  asio::awaitable<Reply> ask(std::string line, Duration limit);
  asio::awaitable<void> write_data(std::string_view message);
  asio::awaitable<Reply> send_data(std::string_view message);
  asio::awaitable<Reply> send_chunk(std::string_view message);
  asio::awaitable<SendOutcome> send_pipelined(const mail::Envelope& envelope, std::string_view message);
  asio::awaitable<SendOutcome> send_in_turn(const mail::Envelope& envelope, std::string_view message);
  std::optional<Reply> obstacle(const mail::Envelope& envelope, std::string_view message) const;
  std::string mail_line(const mail::Envelope& envelope, std::string_view message) const;
  bool uses_chunks(const mail::Envelope& envelope) const;

  net::ByteStream& base_;
  std::unique_ptr<net::ByteStream> secured_;
  net::ByteStream* stream_;
  ClientConfig config_;
  net::Watchdog watchdog_;
  ReplyParser parser_;
  std::unique_ptr<char[]> buffer_;
  std::string_view unread_;  // of buffer_
  Extensions extensions_;
  std::optional<TlsInfo> tls_;
};

}  // namespace sisu::smtp
