// Commands and their answers; the message itself is read in server_engine_message.cpp.
#include "common/smtp/server_engine.hpp"

#include "common/base/expects.hpp"
#include "common/mail/characters.hpp"

#include <algorithm>

namespace sisu::smtp {
namespace {

bool has_control_characters(std::string_view line) {
  return std::any_of(line.begin(), line.end(), [](char c) { return mail::is_control(c) && c != '\t'; });
}

Reply unknown_command() { return {500, "5.5.1", "command not known"}; }
Reply no_arguments_taken() { return {501, "5.5.4", "this command takes no argument"}; }

}  // namespace

ServerEngine::ServerEngine(ServerOptions options, ServerLimits limits)
    : options_(std::move(options)), limits_(limits), lines_(limits.command_line_octets) {
  reply({220, "", options_.hostname + " ESMTP Sisumail"});
}

void ServerEngine::receive(std::string_view bytes) {
  expects(input_.empty(), "input only after NeedInput");
  if (mode_ != Mode::closed) input_ = bytes;
}

ServerEvent ServerEngine::next_event() {
  while (true) {
    if (auto event = step()) return std::move(*event);
  }
}

std::optional<ServerEvent> ServerEngine::step() {
  switch (mode_) {
    case Mode::closed:
      return Closed{closed_because_};
    case Mode::command:
      return read_command();
    case Mode::data:
      return read_data();
    case Mode::chunk:
      return read_chunk();
    case Mode::await_sender:
    case Mode::await_recipient:
    case Mode::await_begin:
    case Mode::await_complete:
    case Mode::await_tls:
      break;
  }
  expects(false, "an answer before the next event");
  return Closed{closed_because_};
}

std::optional<ServerEvent> ServerEngine::read_command() {
  const auto line = lines_.next(input_);
  if (!line) {
    if (lines_.dropped() <= limits_.discarded_line_octets) return NeedInput{};
    close_with({421, "4.7.0", "line without an end"}, "line without an end");
    return std::nullopt;
  }
  ++commands_;
  switch (line->fault) {
    case LineReader::Fault::none:
      return obey(line->text);
    case LineReader::Fault::too_long:  // RFC 5321 4.5.3.1.9
      fault({500, "5.5.2", "line over " + std::to_string(limits_.command_line_octets) + " octets"});
      return std::nullopt;
    case LineReader::Fault::not_crlf:
      fault({500, "5.5.2", "a line ends in CR LF (RFC 5321 2.3.8)"});
      return std::nullopt;
  }
  return std::nullopt;
}

std::optional<Reply> ServerEngine::order_fault(Verb verb) const {
  if (options_.starttls == StartTls::required && !tls_ && !is_served_in_clear(verb)) {
    return Reply{530, "5.7.0", "send STARTTLS first"};
  }
  return out_of_order(verb, phase_);
}

std::optional<ServerEvent> ServerEngine::obey(std::string_view line) {
  const auto [verb, arguments] = parse_command_line(line);
  // Said to whatever comes next, not only to MAIL: Postfix sends RSET to learn whether a connection is still good, and
  // then makes a new one at once, but puts a message off whose MAIL is answered with 421.
  if (messages_ >= limits_.messages && !in_transaction() && verb != Verb::quit) {
    close_with({421, "4.5.3", "enough messages for one connection; make a new one"}, "enough messages");
    return std::nullopt;
  }
  if (verb == Verb::bdat) return on_bdat(arguments);  // its octets follow, in order or not
  auto refusal = order_fault(verb);
  if (has_control_characters(line)) refusal = {500, "5.5.2", "control characters in a command"};
  if (refusal) {
    fault(*refusal);
    return std::nullopt;
  }
  switch (verb) {
    case Verb::ehlo:
      return on_hello(arguments, Dialect::esmtp);
    case Verb::helo:
      return on_hello(arguments, Dialect::smtp);
    case Verb::starttls:
      return on_starttls(arguments);
    case Verb::mail:
      return on_mail(arguments);
    case Verb::rcpt:
      return on_rcpt(arguments);
    case Verb::data:
      return on_data(arguments);
    case Verb::bdat:
      break;
    case Verb::rset:
      return on_rset(arguments);
    case Verb::noop:
      return on_idle_command({250, "2.0.0", "ok"});
    case Verb::quit:
      close_with({221, "2.0.0", options_.hostname + " closing connection"}, "QUIT");
      break;
    case Verb::vrfy:  // RFC 5321 3.5.3: neither confirm nor deny
      return on_idle_command({252, "2.0.0", "not verified; send the mail and see"});
    case Verb::help:
      return on_idle_command({214, "2.0.0", "this server receives mail as RFC 5321 describes"});
    case Verb::unimplemented:
      fault({502, "5.5.1", "command not implemented"});
      break;
    case Verb::unknown:
      fault(unknown_command());
      break;
  }
  return std::nullopt;
}

std::optional<ServerEvent> ServerEngine::on_idle_command(const Reply& answer) {
  if (++idle_commands_ > limits_.idle_commands) {
    close_with({421, "4.7.0", "too many commands without a message"}, "too many idle commands");
  } else {
    reply(answer);
  }
  return std::nullopt;
}

std::optional<ServerEvent> ServerEngine::on_hello(std::string_view arguments, Dialect dialect) {
  auto name = parse_hello(arguments);
  if (!name) {
    fault(name.error());
    return std::nullopt;
  }
  auto aborted = void_message("EHLO");
  end_transaction();
  hello_ = std::move(*name);
  dialect_ = dialect;
  phase_ = Phase::ready;
  on_idle_command({250, "", dialect == Dialect::esmtp ? ehlo_lines() : options_.hostname});
  return aborted;
}

std::string ServerEngine::ehlo_lines() const {
  std::string lines = options_.hostname + "\nPIPELINING\nSIZE " + std::to_string(limits_.message_octets);
  if (options_.starttls != StartTls::absent && !tls_) lines += "\nSTARTTLS";
  lines += "\nENHANCEDSTATUSCODES\n8BITMIME\nSMTPUTF8\nCHUNKING\nBINARYMIME";
  lines += "\nLIMITS MAILMAX=" + std::to_string(limits_.messages) + " RCPTMAX=" + std::to_string(limits_.recipients);
  return lines;
}

std::optional<ServerEvent> ServerEngine::on_rset(std::string_view arguments) {
  if (!arguments.empty()) {
    fault(no_arguments_taken());
    return std::nullopt;
  }
  auto aborted = void_message("RSET");
  end_transaction();
  on_idle_command({250, "2.0.0", "ok"});
  return aborted;
}

std::optional<ServerEvent> ServerEngine::on_starttls(std::string_view arguments) {
  if (options_.starttls == StartTls::absent) {
    fault({502, "5.5.1", "STARTTLS is not offered"});
  } else if (tls_) {
    fault({503, "5.5.1", "TLS is active already"});
  } else if (!arguments.empty()) {
    fault(no_arguments_taken());
  } else if (!input_.empty()) {
    // Commands injected in the clear must not be obeyed as if they came by TLS (CVE-2011-0411).
    close_with({554, "5.5.1", "commands behind STARTTLS; closing connection"}, "commands behind STARTTLS");
  } else {
    reply({220, "2.0.0", "begin TLS"});
    mode_ = Mode::await_tls;
    return TlsRequested{};
  }
  return std::nullopt;
}

void ServerEngine::tls_started() {
  expects(mode_ == Mode::await_tls, "TlsRequested before tls_started()");
  end_transaction();
  tls_ = true;
  phase_ = Phase::fresh;
  dialect_ = Dialect::smtp;
  hello_.clear();
  mode_ = Mode::command;
}

std::optional<ServerEvent> ServerEngine::on_mail(std::string_view arguments) {
  auto envelope = parse_mail(arguments, dialect_);
  if (!envelope) {
    fault(envelope.error());
  } else if (envelope->declared_size.value_or(0) > limits_.message_octets) {
    reply({552, "5.3.4", "message over " + std::to_string(limits_.message_octets) + " octets"});
    on_refused();
  } else {
    envelope_ = std::move(*envelope);
    mode_ = Mode::await_sender;
    return SenderGiven{};
  }
  return std::nullopt;
}

std::optional<ServerEvent> ServerEngine::on_rcpt(std::string_view arguments) {
  auto recipient = parse_rcpt(arguments, envelope_.smtputf8 ? mail::Utf8::allowed : mail::Utf8::refused);
  if (!recipient) {
    fault(recipient.error());
  } else if (envelope_.recipients.size() >= limits_.recipients) {
    reply({452, "4.5.3", "too many recipients; send the rest in another transaction"});
    on_refused();
  } else {
    recipient_ = std::move(*recipient);
    mode_ = Mode::await_recipient;
    return RecipientGiven{*recipient_};
  }
  return std::nullopt;
}

void ServerEngine::accept() {
  switch (mode_) {
    case Mode::await_sender:
      reply({250, "2.1.0", "sender ok"});
      ++messages_;
      phase_ = Phase::mail;
      mode_ = Mode::command;
      return;
    case Mode::await_recipient:
      reply({250, "2.1.5", "recipient ok"});
      envelope_.recipients.push_back(std::move(*recipient_));
      phase_ = Phase::rcpt;
      mode_ = Mode::command;
      return;
    case Mode::await_begin:
      return begin_message();
    case Mode::command:
    case Mode::data:
    case Mode::chunk:
    case Mode::await_complete:
    case Mode::await_tls:
    case Mode::closed:
      expects(false, "accept() as an answer to a question");
  }
}

void ServerEngine::refuse(const Reply& refusal) {
  expects(!refusal.is_positive(), "a refusal to be 4xx or 5xx");
  const bool sender = mode_ == Mode::await_sender;
  const bool recipient = mode_ == Mode::await_recipient;
  expects(sender || recipient || mode_ == Mode::await_begin, "refuse() as an answer to a question");
  if (refusal.code == 421) return close_with(refusal, "421 by policy or sink");
  if (!sender && !recipient) return refuse_message(refusal);
  if (sender) envelope_ = {};
  mode_ = Mode::command;
  reply(refusal);
  on_refused();
}

void ServerEngine::on_refused() {
  if (++refusals_ > limits_.refusals) close_with({421, "4.7.0", "too many refused commands"}, "too many refusals");
}

void ServerEngine::fault(const Reply& answer) {
  if (++errors_ > limits_.errors) return close_with({421, "4.7.0", "too many errors"}, "too many errors");
  reply(answer);
}

void ServerEngine::end_transaction() {
  envelope_ = {};
  failure_.reset();
  octets_ = 0;
  message_open_ = false;
  if (phase_ != Phase::fresh) phase_ = Phase::ready;
}

void ServerEngine::close_with(const Reply& last, std::string_view reason) {
  closed_because_ = reason;
  reply(last);
  mode_ = Mode::closed;
  input_ = {};
}

void ServerEngine::shut_down(const Reply& last) {
  if (mode_ != Mode::closed) close_with(last, "shut down");
}

}  // namespace sisu::smtp
