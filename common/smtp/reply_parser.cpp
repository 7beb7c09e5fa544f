#include "common/smtp/reply_parser.hpp"

#include "common/mail/characters.hpp"

#include <algorithm>
#include <utility>

namespace sisu::smtp {
namespace {

constexpr std::size_t code_digits = 3;

/// Reply-code, RFC 5321 4.2: 2xx to 5xx.
std::optional<int> parse_code(std::string_view line) {
  if (line.size() < code_digits || line[0] < '2' || line[0] > '5') return std::nullopt;
  int code = 0;
  for (const char c : line.substr(0, code_digits)) {
    if (!mail::is_digit(c)) return std::nullopt;
    code = code * 10 + (c - '0');
  }
  return code;
}

std::size_t count_digits(std::string_view text) {
  std::size_t count = 0;
  while (count < text.size() && mail::is_digit(text[count])) ++count;
  return count;
}

/// status-code = class "." subject "." detail, RFC 3463 2; empty if `text` does not begin with one of this class.
std::string_view enhanced_status(std::string_view text, char code_class) {
  if (text.size() < 5 || text[0] != code_class || text[1] != '.') return {};
  const std::size_t subject = count_digits(text.substr(2));
  const std::size_t dot = 2 + subject;
  if (subject < 1 || subject > 3 || dot >= text.size() || text[dot] != '.') return {};
  const std::size_t detail = count_digits(text.substr(dot + 1));
  const std::size_t end = dot + 1 + detail;
  const bool ends = end == text.size() || text[end] == ' ';
  return detail >= 1 && detail <= 3 && ends ? text.substr(0, end) : std::string_view();
}

}  // namespace

std::string_view describe(ReplyError error) {
  switch (error) {
    case ReplyError::line_too_long:
      return "the server sent a reply line that is too long";
    case ReplyError::too_many_lines:
      return "the server sent a reply of too many lines";
    case ReplyError::malformed:
      return "the server sent what is not an SMTP reply";
  }
  return "the server sent what is not an SMTP reply";
}

Result<std::optional<Reply>, ReplyError> ReplyParser::next(std::string_view& input) {
  while (const auto line = lines_.next(input)) {
    if (line->fault == LineReader::Fault::too_long) return fail(ReplyError::line_too_long);
    if (line->fault == LineReader::Fault::not_crlf) return fail(ReplyError::malformed);
    const auto last = take_line(line->text);
    if (!last) return fail(last.error());
    if (!*last) continue;
    count_ = 0;
    return std::exchange(reply_, Reply());
  }
  if (lines_.dropped() > 0) return fail(ReplyError::line_too_long);
  return std::optional<Reply>();
}

/// True when it is the last line of the reply.
Result<bool, ReplyError> ReplyParser::take_line(std::string_view line) {
  const auto code = parse_code(line);
  const char mark = line.size() > code_digits ? line[code_digits] : ' ';
  if (!code || (mark != ' ' && mark != '-')) return fail(ReplyError::malformed);
  if (count_ > 0 && *code != reply_.code) return fail(ReplyError::malformed);
  if (++count_ > limits_.lines) return fail(ReplyError::too_many_lines);
  auto text = line.substr(std::min(line.size(), code_digits + 1));
  const auto status = enhanced_status(text, line[0]);
  text.remove_prefix(std::min(text.size(), status.empty() ? 0 : status.size() + 1));
  if (count_ > 1) reply_.text += '\n';
  reply_.code = *code;
  reply_.enhanced = status;
  reply_.text += text;
  return mark == ' ';
}

}  // namespace sisu::smtp
