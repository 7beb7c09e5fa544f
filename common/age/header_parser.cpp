#include "common/age/header_parser.hpp"

#include "common/age/base64.hpp"
#include "common/age/limits.hpp"

#include <algorithm>

namespace sisu::age {
namespace {

constexpr std::string_view version_prefix = "age-encryption.org/";
constexpr std::string_view stanza_mark = "-> ";
constexpr std::string_view end_mark = "---";

bool is_vchar(char c) { return c >= 0x21 && c <= 0x7e; }

std::size_t excess(std::size_t size, std::size_t limit) { return size > limit ? size - limit : 0; }

/// A share must be new for each stanza (age-encryption.org/v1, "X25519 recipient stanza"), so stricter than the format
/// says in words: one that stands there twice was copied.
bool is_copy(const Stanza& a, const Stanza& b) {
  return (a.type == "X25519" || a.type == "ssh-ed25519") && a.type == b.type && a.arguments == b.arguments;
}

Result<void, Error> check_together(const std::vector<Stanza>& stanzas) {
  for (std::size_t i = 0; i < stanzas.size(); ++i) {
    if (stanzas[i].type == "scrypt" && stanzas.size() != 1) return fail(Error::passphrase_beside_others);
    for (std::size_t j = 0; j < i; ++j)
      if (is_copy(stanzas[i], stanzas[j])) return fail(Error::duplicated_stanza);
  }
  return {};
}

}  // namespace

Result<bool, Error> HeaderParser::next(std::string_view& input) {
  while (!input.empty()) {
    const auto end = input.find('\n');
    const auto piece = input.substr(0, end);
    if (const auto collected = collect(piece); !collected) return fail(collected.error());
    if (end == std::string_view::npos) {
      input = {};
      return false;
    }
    input.remove_prefix(end + 1);
    if (const auto taken = take_line(); !taken) return fail(taken.error());
    line_.clear();
    if (state_ == State::complete) return true;
  }
  return false;
}

/// What is wrong is known at the first octet that makes it so, however the input is cut.
Result<void, Error> HeaderParser::collect(std::string_view piece) {
  if (state_ == State::version && line_.size() < version_prefix.size()) {
    const auto expected = version_prefix.substr(line_.size());
    const auto length = std::min(expected.size(), piece.size());
    if (piece.substr(0, length) != expected.substr(0, length)) return fail(Error::not_an_age_file);
  }
  const auto line_excess = excess(line_.size() + piece.size(), Limits::line_bytes);
  const auto header_excess =
      excess(header_.authenticated.size() + line_.size() + piece.size() + 1, Limits::header_bytes);
  if (line_excess != 0 || header_excess != 0)
    return fail(line_excess >= header_excess ? Error::line_too_long : Error::header_too_long);
  line_ += piece;
  return {};
}

Result<void, Error> HeaderParser::take_line() {
  if (line_.ends_with('\r')) return fail(Error::carriage_return);
  switch (state_) {
    case State::version:
      return take_version();
    case State::stanza_or_end:
      return take_stanza_or_end();
    case State::body:
      return take_body_line();
    case State::complete:
      break;
  }
  return {};
}

Result<void, Error> HeaderParser::take_version() {
  if (line_.size() <= version_prefix.size()) return fail(Error::not_an_age_file);
  if (line_ != version_line) return fail(Error::unsupported_version);
  header_.authenticated = line_ + '\n';
  state_ = State::stanza_or_end;
  return {};
}

Result<void, Error> HeaderParser::take_stanza_or_end() {
  if (line_.starts_with(end_mark)) return take_end();
  if (!line_.starts_with(stanza_mark)) return fail(Error::malformed_line);
  if (header_.stanzas.size() == Limits::stanzas) return fail(Error::too_many_stanzas);
  if (const auto taken = take_arguments(std::string_view(line_).substr(stanza_mark.size())); !taken) return taken;
  header_.authenticated += line_ + '\n';
  state_ = State::body;
  return {};
}

Result<void, Error> HeaderParser::take_arguments(std::string_view text) {
  Stanza stanza;
  for (std::size_t count = 0;; ++count) {
    const auto end = text.find(' ');
    const auto argument = text.substr(0, end);
    if (argument.empty() || !std::all_of(argument.begin(), argument.end(), is_vchar))
      return fail(Error::malformed_line);
    if (count == Limits::arguments) return fail(Error::too_many_arguments);
    if (count == 0)
      stanza.type = argument;
    else
      stanza.arguments.emplace_back(argument);
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  header_.stanzas.push_back(std::move(stanza));
  return {};
}

Result<void, Error> HeaderParser::take_body_line() {
  // A mark where a line shorter than 64 columns should end the body: no base64 begins with "-".
  if (line_.size() > body_columns || line_.starts_with('-')) return fail(Error::malformed_body);
  body_ += line_;
  header_.authenticated += line_ + '\n';
  if (line_.size() == body_columns) return {};
  state_ = State::stanza_or_end;
  return close_stanza();
}

Result<void, Error> HeaderParser::close_stanza() {
  auto body = decode_base64(body_);
  if (!body) return fail(Error::malformed_base64);
  body_.clear();
  header_.stanzas.back().body = std::move(*body);
  return {};
}

Result<void, Error> HeaderParser::take_end() {
  const auto text = std::string_view(line_).substr(end_mark.size());
  if (!text.starts_with(' ') || !decode_base64(text.substr(1), header_.mac)) return fail(Error::malformed_mac);
  if (header_.stanzas.empty()) return fail(Error::no_stanza);
  if (const auto checked = check_together(header_.stanzas); !checked) return checked;
  header_.authenticated += end_mark;
  state_ = State::complete;
  return {};
}

}  // namespace sisu::age
