#include "common/smtp/client_session.hpp"

#include "common/base/expects.hpp"
#include "common/mail/characters.hpp"
#include "common/smtp/dot_stuffer.hpp"

#include <asio/error.hpp>

#include <algorithm>
#include <system_error>
#include <utility>

namespace sisu::smtp {
namespace {

constexpr std::size_t buffer_octets = 4096;
constexpr std::size_t block_octets = 64 * 1024;

std::string rcpt_line(const mail::Recipient& recipient) { return "RCPT TO:<" + recipient.to_smtp() + ">\r\n"; }

bool any_positive(const std::vector<Reply>& replies) {
  return std::any_of(replies.begin(), replies.end(), [](const Reply& reply) { return reply.is_positive(); });
}

std::string_view body_parameter(mail::BodyType body) {
  switch (body) {
    case mail::BodyType::seven_bit:
      return "";
    case mail::BodyType::eight_bit_mime:
      return " BODY=8BITMIME";
    case mail::BodyType::binary_mime:
      return " BODY=BINARYMIME";
  }
  return "";
}

std::system_error not_smtp(std::string_view what) {
  return {std::make_error_code(std::errc::bad_message), std::string(what)};
}

}  // namespace

ClientSession::ClientSession(net::ByteStream& stream, ClientConfig config)
    : base_(stream),
      stream_(&stream),
      config_(std::move(config)),
      watchdog_(stream.executor(), [this] { stream_->close(); }),
      parser_(config_.limits),
      buffer_(std::make_unique_for_overwrite<char[]>(buffer_octets)) {}

ClientSession::~ClientSession() = default;

asio::awaitable<void> ClientSession::write(std::string_view bytes, Duration limit) {
  watchdog_.arm(limit);
  try {
    co_await stream_->write(bytes);
  } catch (const std::system_error&) {
    if (watchdog_.bitten()) throw std::system_error(asio::error::timed_out);
    throw;
  }
  watchdog_.disarm();
}

asio::awaitable<Reply> ClientSession::read_reply(Duration limit) {
  watchdog_.arm(limit);
  while (true) {
    auto reply = parser_.next(unread_);
    if (!reply) throw not_smtp(describe(reply.error()));
    if (*reply) {
      watchdog_.disarm();
      co_return std::move(**reply);
    }
    std::size_t count = 0;
    try {
      count = co_await stream_->read_some({buffer_.get(), buffer_octets});
    } catch (const std::system_error&) {
      if (watchdog_.bitten()) throw std::system_error(asio::error::timed_out);
      throw;
    }
    if (count == 0) throw std::system_error(asio::error::eof);
    unread_ = {buffer_.get(), count};
  }
}

asio::awaitable<Reply> ClientSession::ask(std::string line, Duration limit) {
  co_await write(line, limit);
  co_return co_await read_reply(limit);
}

asio::awaitable<Reply> ClientSession::greeting() { return read_reply(config_.timeouts.command); }

asio::awaitable<Reply> ClientSession::hello() {
  auto reply = co_await ask("EHLO " + config_.hello + "\r\n", config_.timeouts.command);
  extensions_ = reply.is_positive() ? parse_extensions(reply) : Extensions();
  if (reply.is_permanent()) reply = co_await ask("HELO " + config_.hello + "\r\n", config_.timeouts.command);
  co_return reply;
}

asio::awaitable<Reply> ClientSession::start_tls(TlsUpgrade& tls) {
  auto reply = co_await ask("STARTTLS\r\n", config_.timeouts.command);
  if (reply.code != 220) co_return reply;
  // Replies injected in the clear must not be believed as if they came by TLS (CVE-2011-0411).
  if (!unread_.empty()) throw not_smtp("the server sent octets behind its reply to STARTTLS");
  watchdog_.arm(config_.timeouts.tls_handshake);
  SecuredStream secured;
  try {
    secured = co_await tls.upgrade(base_);
  } catch (const std::system_error&) {
    if (watchdog_.bitten()) throw std::system_error(asio::error::timed_out);
    throw;
  }
  watchdog_.disarm();
  secured_ = std::move(secured.stream);
  stream_ = secured_.get();
  tls_ = std::move(secured.info);
  parser_ = ReplyParser(config_.limits);
  co_return co_await hello();
}

asio::awaitable<Reply> ClientSession::reset() { return ask("RSET\r\n", config_.timeouts.command); }

asio::awaitable<Reply> ClientSession::command(std::string_view line) {
  expects(std::none_of(line.begin(), line.end(), mail::is_control), "a command of one line");
  return ask(std::string(line) + "\r\n", config_.timeouts.command);
}

asio::awaitable<Reply> ClientSession::quit() {
  auto reply = co_await ask("QUIT\r\n", config_.timeouts.command);
  co_await stream_->finish();
  co_return reply;
}

bool ClientSession::uses_chunks(const mail::Envelope& envelope) const {
  return extensions_.chunking && (config_.prefer_chunking || envelope.body == mail::BodyType::binary_mime);
}

std::optional<Reply> ClientSession::obstacle(const mail::Envelope& envelope, std::string_view message) const {
  const bool binary = envelope.body == mail::BodyType::binary_mime;
  if (binary && !(extensions_.chunking && extensions_.binary_mime)) {
    return Reply{554, "5.6.3", "the server does not take BINARYMIME"};
  }
  if (envelope.smtputf8 && !extensions_.smtputf8) return Reply{550, "5.6.7", "the server does not take SMTPUTF8"};
  if (message.size() > extensions_.max_size.value_or(message.size())) {
    return Reply{552, "5.3.4", "the server takes no message of this size"};
  }
  return std::nullopt;
}

std::string ClientSession::mail_line(const mail::Envelope& envelope, std::string_view message) const {
  std::string line = "MAIL FROM:<" + (envelope.sender ? envelope.sender->to_smtp() : std::string()) + ">";
  if (extensions_.size) line += " SIZE=" + std::to_string(message.size());
  if (extensions_.eight_bit_mime || extensions_.binary_mime) line += body_parameter(envelope.body);
  if (envelope.smtputf8) line += " SMTPUTF8";
  return line + "\r\n";
}

asio::awaitable<SendOutcome> ClientSession::send(const mail::Envelope& envelope, std::string_view message) {
  expects(!envelope.recipients.empty(), "a recipient");
  if (auto reply = obstacle(envelope, message)) {
    SendOutcome outcome;
    outcome.sender = *reply;
    outcome.message = std::move(*reply);
    co_return outcome;
  }
  if (extensions_.pipelining) co_return co_await send_pipelined(envelope, message);
  co_return co_await send_in_turn(envelope, message);
}

asio::awaitable<SendOutcome> ClientSession::send_in_turn(const mail::Envelope& envelope, std::string_view message) {
  SendOutcome outcome;
  outcome.sender = co_await ask(mail_line(envelope, message), config_.timeouts.command);
  outcome.message = outcome.sender;
  if (!outcome.sender.is_positive()) co_return outcome;
  for (const auto& recipient : envelope.recipients) {
    outcome.recipients.push_back(co_await ask(rcpt_line(recipient), config_.timeouts.command));
  }
  outcome.message = outcome.recipients.back();
  if (!any_positive(outcome.recipients)) {
    co_await reset();
    co_return outcome;
  }
  if (uses_chunks(envelope)) {
    outcome.message = co_await send_chunk(message);
    co_return outcome;
  }
  outcome.message = co_await ask("DATA\r\n", config_.timeouts.data_start);
  if (outcome.message.code == 354) outcome.message = co_await send_data(message);
  co_return outcome;
}

/// RFC 2920 3.1: MAIL, the RCPTs and DATA in one write. The size of this group is no danger to a peer that reads only
/// after it has written all, because the replies to it are short.
asio::awaitable<SendOutcome> ClientSession::send_pipelined(const mail::Envelope& envelope, std::string_view message) {
  const bool chunks = uses_chunks(envelope);
  std::string group = mail_line(envelope, message);
  for (const auto& recipient : envelope.recipients) group += rcpt_line(recipient);
  if (!chunks) group += "DATA\r\n";
  co_await write(group, config_.timeouts.command);

  SendOutcome outcome;
  outcome.sender = co_await read_reply(config_.timeouts.command);
  for (std::size_t i = 0; i < envelope.recipients.size(); ++i) {
    outcome.recipients.push_back(co_await read_reply(config_.timeouts.command));
  }
  const bool wanted = outcome.sender.is_positive() && any_positive(outcome.recipients);
  outcome.message = outcome.sender.is_positive() ? outcome.recipients.back() : outcome.sender;
  if (chunks && wanted) {
    outcome.message = co_await send_chunk(message);
  } else if (chunks && outcome.sender.is_positive()) {
    co_await reset();
  } else if (!chunks) {
    auto answer = co_await read_reply(config_.timeouts.data_start);
    // Nobody takes it, and yet the server waits for a message: it gets an empty one (RFC 2920 3.1).
    if (answer.code == 354) answer = co_await send_data(wanted ? message : std::string_view());
    if (wanted) outcome.message = std::move(answer);
  }
  co_return outcome;
}

asio::awaitable<void> ClientSession::write_data(std::string_view message) {
  DotStuffer stuffer;
  std::string block;
  block.reserve(block_octets * 2);
  do {
    const auto piece = message.substr(0, block_octets);
    message.remove_prefix(piece.size());
    block.clear();
    stuffer.encode(piece, block);
    if (message.empty()) stuffer.finish(block);
    co_await write(block, config_.timeouts.data_block);
  } while (!message.empty());
}

asio::awaitable<Reply> ClientSession::send_data(std::string_view message) {
  co_await write_data(message);
  co_return co_await read_reply(config_.timeouts.data_end);
}

asio::awaitable<Reply> ClientSession::send_chunk(std::string_view message) {
  co_await write("BDAT " + std::to_string(message.size()) + " LAST\r\n", config_.timeouts.command);
  while (!message.empty()) {
    const auto piece = message.substr(0, block_octets);
    message.remove_prefix(piece.size());
    co_await write(piece, config_.timeouts.data_block);
  }
  co_return co_await read_reply(config_.timeouts.data_end);
}

}  // namespace sisu::smtp
