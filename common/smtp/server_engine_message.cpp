// The message on its way in: DATA (RFC 5321 4.1.1.4) and BDAT (RFC 3030). Whatever is wrong with it, its octets are
// read to their end before the reply, so that none of them is ever taken for a command.
#include "common/base/expects.hpp"
#include "common/smtp/server_engine.hpp"

#include <algorithm>

namespace sisu::smtp {
namespace {

Reply bare_cr_or_lf() { return {550, "5.5.2", "bare CR or LF in the message (RFC 5321 2.3.8)"}; }

}  // namespace

std::optional<ServerEvent> ServerEngine::on_data(std::string_view arguments) {
  if (!arguments.empty()) {
    fault({501, "5.5.4", "DATA takes no argument"});
  } else if (envelope_.body == mail::BodyType::binary_mime) {
    fault({503, "5.5.1", "a BINARYMIME message is sent with BDAT (RFC 3030 3)"});
  } else {
    mode_ = Mode::await_begin;
    carrier_ = Carrier::data;
    return MessageBegun{};
  }
  return std::nullopt;
}

std::optional<ServerEvent> ServerEngine::on_bdat(std::string_view arguments) {
  const auto chunk = parse_bdat(arguments);
  // Where the next command stands is not known, or too far away.
  if (!chunk) {
    close_with(chunk.error(), "malformed BDAT");
    return std::nullopt;
  }
  if (chunk->octets > limits_.discarded_octets) {
    close_with({552, "5.3.4", "chunk too large; closing connection"}, "chunk too large to drop");
    return std::nullopt;
  }
  chunk_ = *chunk;
  chunk_left_ = chunk->octets;
  discarded_ = 0;
  mode_ = Mode::chunk;
  failure_ = order_fault(Verb::bdat);
  if (failure_) {
    chunk_counts_as_error_ = phase_ != Phase::failed;  // chunks behind a failed one were on their way
    return std::nullopt;
  }
  if (octets_ + chunk->octets > limits_.message_octets) return fail_with(too_large());
  if (phase_ == Phase::chunks) return std::nullopt;
  mode_ = Mode::await_begin;
  carrier_ = Carrier::chunks;
  return MessageBegun{};
}

void ServerEngine::begin_message() {
  message_open_ = true;
  octets_ = 0;
  discarded_ = 0;
  failure_.reset();
  if (carrier_ == Carrier::chunks) {
    chunk_lines_ = {};
    phase_ = Phase::chunks;
    mode_ = Mode::chunk;
    return;
  }
  reply({354, "", "end with <CRLF>.<CRLF>"});
  decoder_ = {};
  mode_ = Mode::data;
}

void ServerEngine::refuse_message(const Reply& refusal) {
  if (carrier_ == Carrier::chunks) {
    failure_ = refusal;
    phase_ = Phase::failed;
    mode_ = Mode::chunk;
    return;
  }
  reply(refusal);
  end_transaction();
  mode_ = Mode::command;
}

std::optional<ServerEvent> ServerEngine::read_data() {
  if (decoder_.ended()) return end_data();
  if (input_.empty()) return NeedInput{};
  const auto piece = decoder_.next(input_);
  return take(piece, decoder_.has_bare_cr_or_lf());
}

std::optional<ServerEvent> ServerEngine::read_chunk() {
  if (chunk_left_ == 0) return end_chunk();
  if (input_.empty()) return NeedInput{};
  const auto piece = input_.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(chunk_left_, input_.size())));
  input_.remove_prefix(piece.size());
  chunk_left_ -= piece.size();
  if (failure_ || envelope_.body == mail::BodyType::binary_mime) return take(piece, false);
  chunk_lines_.advance_over(piece);
  const bool ends = chunk_.last && chunk_left_ == 0;
  return take(piece, chunk_lines_.has_bare_cr_or_lf() || (ends && chunk_lines_.ends_in_cr()));
}

std::optional<ServerEvent> ServerEngine::take(std::string_view piece, bool malformed) {
  std::optional<ServerEvent> event;
  octets_ += piece.size();
  if (!failure_ && malformed) event = fail_with(bare_cr_or_lf());
  if (!failure_ && octets_ > limits_.message_octets) event = fail_with(too_large());
  if (!failure_ && !piece.empty()) return MessageBytes{piece};
  discarded_ += piece.size();
  if (discarded_ > limits_.discarded_octets) close_with(*failure_, "refused message too large to drop");
  return event;
}

Reply ServerEngine::too_large() const {
  return {552, "5.3.4", "message over " + std::to_string(limits_.message_octets) + " octets"};
}

void ServerEngine::fail_message(const Reply& reason) {
  expects(message_open_ && in_message(), "fail_message() within a message");
  expects(!reason.is_positive(), "a failure to be 4xx or 5xx");
  message_open_ = false;
  failure_ = reason;
  if (mode_ == Mode::chunk) phase_ = Phase::failed;
}

std::optional<ServerEvent> ServerEngine::fail_with(const Reply& reason) {
  failure_ = reason;
  if (mode_ == Mode::chunk) phase_ = Phase::failed;
  return void_message(reason.code == 552 ? "too large" : "bare CR or LF");
}

std::optional<ServerEvent> ServerEngine::void_message(std::string_view reason) {
  if (!std::exchange(message_open_, false)) return std::nullopt;
  return MessageAborted{reason};
}

std::optional<ServerEvent> ServerEngine::end_data() {
  if (!failure_) {
    message_open_ = false;
    mode_ = Mode::await_complete;
    return MessageEnded{};
  }
  // It outlasts a retry, so it comes before whatever else is wrong.
  reply(decoder_.has_bare_cr_or_lf() ? bare_cr_or_lf() : *failure_);
  end_transaction();
  mode_ = Mode::command;
  return std::nullopt;
}

std::optional<ServerEvent> ServerEngine::end_chunk() {
  if (!failure_ && chunk_.last) {
    message_open_ = false;
    mode_ = Mode::await_complete;
    return MessageEnded{};
  }
  mode_ = Mode::command;
  if (!failure_) {
    reply({250, "2.0.0", std::to_string(chunk_.octets) + " octets received"});
    return std::nullopt;
  }
  const auto refusal = std::exchange(failure_, std::nullopt);
  if (chunk_.last && phase_ == Phase::failed) end_transaction();
  std::exchange(chunk_counts_as_error_, false) ? fault(*refusal) : reply(*refusal);
  return std::nullopt;
}

void ServerEngine::complete(const Reply& outcome) {
  expects(mode_ == Mode::await_complete, "MessageEnded before complete()");
  end_transaction();
  mode_ = Mode::command;
  if (outcome.code == 421) return close_with(outcome, "421 by policy or sink");
  reply(outcome);
  if (outcome.is_positive()) idle_commands_ = 0;
}

}  // namespace sisu::smtp
