#include "tests/unit/smtp/engine_subject.hpp"

#include <algorithm>
#include <utility>

namespace sisu::smtp {

EngineSubject::EngineSubject(StartTls starttls, ServerLimits limits)
    : options_{starttls, limits},
      engine_(std::make_unique<ServerEngine>(ServerOptions{"mail.example", starttls}, limits)) {}

std::string EngineSubject::say(std::string_view bytes) {
  const std::string copy(bytes);  // a view kept for too long is then seen by the sanitizers
  if (closed_ || wants_tls_) return "";
  begun_ = begun_ || !bytes.empty();
  engine_->receive(copy);
  work();
  std::string output(engine_->output());
  engine_->output_sent();
  return output;
}

void EngineSubject::work() {
  while (obey(engine_->next_event())) {
  }
}

/// False when there is nothing to do before the next input.
bool EngineSubject::obey(const ServerEvent& event) {
  if (std::holds_alternative<NeedInput>(event)) return false;
  if (std::holds_alternative<Closed>(event)) {
    closed_ = true;
    open_.reset();
    return false;
  }
  if (std::holds_alternative<TlsRequested>(event)) {
    wants_tls_ = true;
    return false;
  }
  const auto fault = [this](const char* step) {
    const auto found = faults_.find(step);
    return found == faults_.end() ? std::nullopt : std::optional(found->second);
  };
  if (std::holds_alternative<SenderGiven>(event)) answer(fault("sender"));
  if (std::holds_alternative<RecipientGiven>(event)) answer(fault("recipient"));
  if (std::holds_alternative<MessageBegun>(event)) {
    if (!fault("begin")) open_.emplace();
    answer(fault("begin"));
  }
  if (const auto* piece = std::get_if<MessageBytes>(&event)) take(piece->bytes);
  if (std::holds_alternative<MessageEnded>(event)) finish();
  if (std::holds_alternative<MessageAborted>(event)) open_.reset();
  return true;
}

void EngineSubject::answer(const std::optional<Reply>& refusal) {
  if (refusal) {
    engine_->refuse(*refusal);
  } else {
    engine_->accept();
  }
}

void EngineSubject::take(std::string_view bytes) {
  largest_piece_ = std::max(largest_piece_, bytes.size());
  open_.value() += bytes;
  if (!faults_.contains("write")) return;
  open_.reset();
  engine_->fail_message(faults_["write"]);
}

void EngineSubject::finish() {
  const auto fault = faults_.find("commit");
  const Reply outcome = fault == faults_.end() ? Reply{250, "2.0.0", "stored"} : fault->second;
  if (outcome.is_positive()) stored_.push_back(open_.value());
  open_.reset();
  engine_->complete(outcome);
}

std::string EngineSubject::set_option(std::string_view directive) {
  if (begun_) return "options stand at the beginning";
  const std::string problem = apply_option(directive, options_);
  engine_ = std::make_unique<ServerEngine>(ServerOptions{"mail.example", options_.starttls}, options_.limits);
  engine_->output_sent();  // the greeting has been heard
  return problem;
}

std::string EngineSubject::expect_stored(std::string_view text) {
  if (stored_.empty()) return "no message was stored";
  const std::string message = stored_.front();
  stored_.pop_front();
  return message == text ? "" : "stored is " + message;
}

std::string EngineSubject::direct(std::string_view directive) {
  if (is_option(directive)) return set_option(directive);
  const auto verb = directive.substr(0, directive.find(' '));
  if (verb == "refuse" || verb == "fail") {
    const auto [step, reply] = parse_fault(directive);
    faults_[step] = reply;
    return "";
  }
  if (verb == "accept") return faults_.clear(), "";
  if (verb == "tls") {
    if (!std::exchange(wants_tls_, false)) return "the server does not wait for a handshake";
    engine_->tls_started();
    return "";
  }
  if (verb == "eof") return open_.reset(), "";
  if (verb == "closed") return closed_ ? "" : "the connection is still open";
  if (verb == "nothing") return stored_.empty() ? "" : "stored: " + stored_.front();
  if (verb == "stored") return expect_stored(rest_of(directive));
  return "unknown directive";
}

}  // namespace sisu::smtp
