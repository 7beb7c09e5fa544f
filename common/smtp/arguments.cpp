#include "common/smtp/arguments.hpp"

#include "common/mail/characters.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>

namespace sisu::smtp {
namespace {

using mail::equals_ignoring_case;

constexpr std::size_t max_hello = 255;  // RFC 5321 4.5.3.1.2
constexpr std::size_t max_digits = 20;  // RFC 1870 6.1, RFC 3030 2

Reply syntax_error(std::string text) { return {501, "5.5.2", std::move(text)}; }
Reply bad_parameter(std::string text) { return {501, "5.5.4", std::move(text)}; }

void skip_blanks(std::string_view& rest) {
  while (!rest.empty() && mail::is_blank(rest.front())) rest.remove_prefix(1);
}

bool take_keyword(std::string_view& rest, std::string_view keyword) {
  if (!equals_ignoring_case(rest.substr(0, keyword.size()), keyword)) return false;
  rest.remove_prefix(keyword.size());
  return true;
}

/// The octets up to the '>' that closes a path, which is not one inside a quoted string.
std::optional<std::string_view> take_path(std::string_view& rest) {
  if (!rest.starts_with('<')) return std::nullopt;
  bool quoted = false;
  for (std::size_t i = 1; i < rest.size(); ++i) {
    if (rest[i] == '"') quoted = !quoted;
    if (quoted && rest[i] == '\\') ++i;
    if (quoted || i >= rest.size() || rest[i] != '>') continue;
    const auto inside = rest.substr(1, i - 1);
    rest.remove_prefix(i + 1);
    return inside;
  }
  return std::nullopt;
}

/// A-d-l ":" in front of a mailbox: "@one.example,@two.example:". False if it begins one and is malformed.
bool drop_source_route(std::string_view& path, mail::Utf8 utf8) {
  while (path.starts_with('@')) {
    const std::size_t end = path.find_first_of(",:");
    if (end == path.npos || !mail::DomainName::parse(path.substr(1, end - 1), utf8)) return false;
    const bool more = path[end] == ',';
    path.remove_prefix(end + 1);
    if (!more) return true;
    if (!path.starts_with('@')) return false;
  }
  return true;
}

Reply address_error(std::string_view what, mail::AddressError error) {
  const std::string text = std::string(what) + " address " + std::string(describe(error));
  if (error == mail::AddressError::not_ascii) return {553, "5.6.7", text};  // RFC 6531 3.5
  return {501, what == "sender" ? "5.1.7" : "5.1.3", text};
}

Result<mail::MailAddress, Reply> parse_mailbox(std::string_view path, std::string_view what, mail::Utf8 utf8) {
  if (!drop_source_route(path, utf8)) return fail(address_error(what, mail::AddressError::syntax));
  auto address = mail::MailAddress::parse(path, utf8);
  if (!address) return fail(address_error(what, address.error()));
  return std::move(*address);
}

/// 1*20DIGIT; a number that does not fit is the largest one, which every limit refuses.
std::optional<std::uint64_t> parse_octets(std::string_view text) {
  if (text.empty() || text.size() > max_digits) return std::nullopt;
  if (!std::all_of(text.begin(), text.end(), mail::is_digit)) return std::nullopt;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::result_out_of_range) return std::numeric_limits<std::uint64_t>::max();
  return value;
}

std::optional<mail::BodyType> parse_body(std::string_view value) {
  if (equals_ignoring_case(value, "7BIT")) return mail::BodyType::seven_bit;
  if (equals_ignoring_case(value, "8BITMIME")) return mail::BodyType::eight_bit_mime;
  if (equals_ignoring_case(value, "BINARYMIME")) return mail::BodyType::binary_mime;
  return std::nullopt;
}

/// Mail-parameters = esmtp-param *(SP esmtp-param), each at most once.
class MailParameters {
 public:
  explicit MailParameters(mail::Envelope& envelope) : envelope_(envelope) {}

  std::optional<Reply> take(std::string_view parameter) {
    const std::size_t equals = parameter.find('=');
    const auto keyword = parameter.substr(0, equals);
    const auto value = equals == parameter.npos ? std::string_view() : parameter.substr(equals + 1);
    if (equals_ignoring_case(keyword, "SIZE")) return size(value);
    if (equals_ignoring_case(keyword, "BODY")) return body(value);
    if (equals_ignoring_case(keyword, "SMTPUTF8")) return smtputf8(equals != parameter.npos);
    return Reply{555, "5.5.4", "a MAIL parameter is not one that EHLO offers"};
  }

 private:
  std::optional<Reply> size(std::string_view value) {
    const auto octets = parse_octets(value);
    if (!octets || envelope_.declared_size) return bad_parameter("SIZE= takes a number of octets, once");
    envelope_.declared_size = octets;
    return std::nullopt;
  }

  std::optional<Reply> body(std::string_view value) {
    const auto type = parse_body(value);
    if (!type || body_seen_) return bad_parameter("BODY= takes 7BIT, 8BITMIME or BINARYMIME, once");
    envelope_.body = *type;
    body_seen_ = true;
    return std::nullopt;
  }

  std::optional<Reply> smtputf8(bool has_value) {
    if (has_value || envelope_.smtputf8) return bad_parameter("SMTPUTF8 takes no value and stands once");
    envelope_.smtputf8 = true;
    return std::nullopt;
  }

  mail::Envelope& envelope_;
  bool body_seen_ = false;
};

std::optional<Reply> parse_parameters(std::string_view rest, mail::Envelope& envelope) {
  MailParameters parameters(envelope);
  while (!rest.empty()) {
    if (!mail::is_blank(rest.front())) return syntax_error("a blank must stand between address and parameters");
    skip_blanks(rest);
    const auto word = rest.substr(0, rest.find_first_of(" \t"));
    rest.remove_prefix(word.size());
    if (auto refusal = parameters.take(word)) return refusal;
  }
  return std::nullopt;
}

}  // namespace

Result<std::string, Reply> parse_hello(std::string_view arguments) {
  const auto printable = [](char c) { return c > ' ' && c <= '~'; };
  const bool fits = !arguments.empty() && arguments.size() <= max_hello;
  if (!fits || !std::all_of(arguments.begin(), arguments.end(), printable)) {
    return fail(bad_parameter("say your host name or address literal, in up to 255 printable characters"));
  }
  return std::string(arguments);
}

Result<mail::Envelope, Reply> parse_mail(std::string_view arguments, Dialect dialect) {
  const auto usage = syntax_error("the form is MAIL FROM:<address> or MAIL FROM:<>");
  if (!take_keyword(arguments, "FROM:")) return fail(usage);
  skip_blanks(arguments);  // looser than RFC 5321 3.3: senders do it, and nothing depends on it
  const auto path = take_path(arguments);
  if (!path) return fail(usage);
  if (dialect == Dialect::smtp && !arguments.empty()) {
    return fail(Reply{555, "5.5.4", "parameters need EHLO instead of HELO"});
  }
  mail::Envelope envelope;
  if (auto refusal = parse_parameters(arguments, envelope)) return fail(std::move(*refusal));
  if (path->empty()) return envelope;
  auto sender = parse_mailbox(*path, "sender", envelope.smtputf8 ? mail::Utf8::allowed : mail::Utf8::refused);
  if (!sender) return fail(std::move(sender.error()));
  envelope.sender = std::move(*sender);
  return envelope;
}

Result<mail::Recipient, Reply> parse_rcpt(std::string_view arguments, mail::Utf8 utf8) {
  const auto usage = syntax_error("the form is RCPT TO:<address>");
  if (!take_keyword(arguments, "TO:")) return fail(usage);
  skip_blanks(arguments);
  const auto path = take_path(arguments);
  if (!path) return fail(usage);
  if (!arguments.empty()) return fail(Reply{555, "5.5.4", "RCPT parameters are not offered"});
  if (equals_ignoring_case(*path, "postmaster")) return mail::Recipient::postmaster();
  auto address = parse_mailbox(*path, "recipient", utf8);
  if (!address) return fail(std::move(address.error()));
  return mail::Recipient(std::move(*address));
}

Result<Chunk, Reply> parse_bdat(std::string_view arguments) {
  const auto digits = arguments.substr(0, arguments.find_first_of(" \t"));
  auto rest = arguments.substr(digits.size());
  skip_blanks(rest);
  const auto octets = parse_octets(digits);
  const bool last = equals_ignoring_case(rest, "LAST");
  if (!octets || (!last && !rest.empty())) return fail(bad_parameter("the form is BDAT octets [LAST]"));
  return Chunk{*octets, last};
}

}  // namespace sisu::smtp
