// SMTP server (RFC 5321) without I/O: bytes in, events and replies out. Knows PIPELINING (RFC 2920), SIZE (1870),
// 8BITMIME (6152), SMTPUTF8 (6531), ENHANCEDSTATUSCODES (2034), STARTTLS (3207), CHUNKING and BINARYMIME (3030) and
// LIMITS (9422). It checks syntax, order and limits; who may send what to whom is for its driver. REQUIRETLS (8689) is
// not offered, because nothing here relays onward.
#pragma once

#include "common/mail/envelope.hpp"
#include "common/smtp/arguments.hpp"
#include "common/smtp/data_decoder.hpp"
#include "common/smtp/line_reader.hpp"
#include "common/smtp/reply.hpp"
#include "common/smtp/server_event.hpp"
#include "common/smtp/server_limits.hpp"
#include "common/smtp/server_order.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sisu::smtp {

enum class StartTls {
  required,  ///< offered, and no mail without it
  offered,   ///< mail is taken without it, too
  absent,
};

struct ServerOptions {
  std::string hostname;  ///< in the greeting and in EHLO
  StartTls starttls = StartTls::required;
};

/// The driver's loop: next_event(), act on it, repeat. After an event that wants an answer next_event() must not be
/// called before the answer. Holds at most one command line and the envelope, whatever is sent.
class ServerEngine {
 public:
  explicit ServerEngine(ServerOptions options, ServerLimits limits = {});

  /// Only after NeedInput. `bytes` must live until the next NeedInput.
  void receive(std::string_view bytes);
  ServerEvent next_event();

  void accept();
  /// A 421 also ends the connection.
  void refuse(const Reply& reply);
  void complete(const Reply& reply);
  /// After MessageBytes: the message cannot be stored. The rest is read and dropped, then the sender gets `reply`.
  void fail_message(const Reply& reply);
  void tls_started();
  /// Ends the connection with `reply` (421): a time-out, a stop, an error of the driver.
  void shut_down(const Reply& reply);

  /// Replies to send, in order; valid until the next call that is not const.
  std::string_view output() const { return output_; }
  void output_sent() { output_.clear(); }

  const mail::Envelope& envelope() const { return envelope_; }
  const std::string& hello() const { return hello_; }  ///< as sent; empty before EHLO or HELO
  bool is_extended() const { return dialect_ == Dialect::esmtp; }
  /// MAIL was accepted and the message is not done.
  bool in_transaction() const { return phase_ > Phase::ready; }
  /// Inside the octets of a message.
  bool in_message() const { return mode_ == Mode::data || mode_ == Mode::chunk; }
  /// Grows with every complete command: what a per-command time limit is measured by.
  std::uint64_t commands() const { return commands_; }

 private:
  // What the next octets are, or whose answer is awaited.
  enum class Mode {
    command,
    data,
    chunk,
    await_sender,
    await_recipient,
    await_begin,
    await_complete,
    await_tls,
    closed
  };

  std::optional<ServerEvent> step();
  std::optional<ServerEvent> read_command();
  std::optional<ServerEvent> read_data();
  std::optional<ServerEvent> read_chunk();
  std::optional<ServerEvent> obey(std::string_view line);
  std::optional<Reply> order_fault(Verb verb) const;

  std::optional<ServerEvent> on_hello(std::string_view arguments, Dialect dialect);
  std::optional<ServerEvent> on_starttls(std::string_view arguments);
  std::optional<ServerEvent> on_mail(std::string_view arguments);
  std::optional<ServerEvent> on_rcpt(std::string_view arguments);
  std::optional<ServerEvent> on_data(std::string_view arguments);
  std::optional<ServerEvent> on_bdat(std::string_view arguments);
  std::optional<ServerEvent> on_rset(std::string_view arguments);
  std::optional<ServerEvent> on_idle_command(const Reply& answer);
  std::string ehlo_lines() const;

  void begin_message();
  void refuse_message(const Reply& refusal);
  std::optional<ServerEvent> take(std::string_view piece, bool malformed);
  std::optional<ServerEvent> fail_with(const Reply& reason);
  std::optional<ServerEvent> void_message(std::string_view reason);
  std::optional<ServerEvent> end_data();
  std::optional<ServerEvent> end_chunk();
  Reply too_large() const;

  void reply(const Reply& reply) { output_ += reply.to_smtp(); }
  void fault(const Reply& answer);
  void on_refused();
  void end_transaction();
  void close_with(const Reply& last, std::string_view reason);

  ServerOptions options_;
  ServerLimits limits_;
  std::string_view input_;
  std::string output_;
  LineReader lines_;

  Mode mode_ = Mode::command;
  Phase phase_ = Phase::fresh;
  bool tls_ = false;
  Dialect dialect_ = Dialect::smtp;
  std::string hello_;
  std::optional<mail::Recipient> recipient_;  // awaiting its answer
  mail::Envelope envelope_;

  std::string_view closed_because_;

  // The message that is coming in.
  enum class Carrier { data, chunks };
  Carrier carrier_ = Carrier::data;
  DataDecoder decoder_;
  LineTracker chunk_lines_;
  Chunk chunk_;
  std::uint64_t chunk_left_ = 0;
  bool chunk_counts_as_error_ = false;  // it came out of order
  std::uint64_t octets_ = 0;
  std::uint64_t discarded_ = 0;
  bool message_open_ = false;     // MessageBegun was accepted; neither ended nor aborted yet
  std::optional<Reply> failure_;  // why the rest of it, or of the chunk, is only read and dropped

  std::uint64_t commands_ = 0;
  unsigned errors_ = 0;
  unsigned refusals_ = 0;
  unsigned messages_ = 0;
  unsigned idle_commands_ = 0;
};

}  // namespace sisu::smtp
