// One function per production of RFC 5321 4.1.2 and 4.1.3, with the additions of RFC 6531 3.3. Each takes what is left
// of the text, advances it past what it matched, and returns an error or nothing.
#include "common/mail/address.hpp"

#include "common/base/ip_address.hpp"
#include "common/mail/characters.hpp"

namespace sisu::mail {
namespace {

using Problem = std::optional<AddressError>;

constexpr std::size_t max_label = 63;         // RFC 1035 2.3.4
constexpr std::size_t max_local_part = 64;    // RFC 5321 4.5.3.1.1
constexpr std::size_t max_domain = 255;       // RFC 5321 4.5.3.1.2
constexpr std::size_t max_mailbox = 256 - 2;  // RFC 5321 4.5.3.1.3 counts the angle brackets

/// UTF8-non-ascii, RFC 6531 3.3. `rest` begins with a byte above 0x7F.
Problem take_utf8(std::string_view& rest, Utf8 utf8, std::string& out) {
  if (utf8 == Utf8::refused) return AddressError::not_ascii;
  const std::size_t length = utf8_sequence_length(rest);
  if (length == 0) return AddressError::invalid_utf8;
  out += rest.substr(0, length);
  rest.remove_prefix(length);
  return std::nullopt;
}

void take_one(std::string_view& rest, std::string& out) {
  out += rest.front();
  rest.remove_prefix(1);
}

/// sub-domain = Let-dig [Ldh-str], or a U-label.
Problem take_sub_domain(std::string_view& rest, Utf8 utf8, std::string& out) {
  const std::size_t begin = out.size();
  while (!rest.empty() && rest.front() != '.') {
    if (!is_ascii(rest.front())) {
      if (const auto problem = take_utf8(rest, utf8, out)) return problem;
      continue;
    }
    if (!is_let_dig(rest.front()) && rest.front() != '-') return AddressError::syntax;
    out += to_lower(rest.front());
    rest.remove_prefix(1);
  }
  const std::string_view label = std::string_view(out).substr(begin);
  if (label.empty() || label.front() == '-' || label.back() == '-') return AddressError::syntax;
  if (label.size() > max_label) return AddressError::domain_too_long;
  return std::nullopt;
}

/// Domain = sub-domain *("." sub-domain).
Problem take_domain(std::string_view rest, Utf8 utf8, std::string& out) {
  if (rest.empty()) return AddressError::empty;
  if (rest.size() > max_domain) return AddressError::domain_too_long;
  while (true) {
    if (const auto problem = take_sub_domain(rest, utf8, out)) return problem;
    if (rest.empty()) return std::nullopt;
    take_one(rest, out);
  }
}

/// address-literal, RFC 5321 4.1.3. General-address-literal is refused: no tag but IPv6 is registered.
Problem take_address_literal(std::string_view text, std::string& out) {
  constexpr std::string_view ipv6_tag = "ipv6:";
  if (text.size() < 2 || text.back() != ']') return AddressError::syntax;
  if (text.size() > max_domain) return AddressError::domain_too_long;
  out = to_lower(text);
  std::string_view inside = std::string_view(out).substr(1, out.size() - 2);
  const bool tagged = inside.starts_with(ipv6_tag);
  if (tagged) inside.remove_prefix(ipv6_tag.size());
  const bool has_colon = inside.find(':') != std::string_view::npos;
  if (has_colon != tagged || !IpAddress::parse(inside)) return AddressError::syntax;
  return std::nullopt;
}

/// Dot-string = Atom *("." Atom); stops at '@'.
Problem take_dot_string(std::string_view& rest, Utf8 utf8, std::string& out) {
  bool atom_begun = false;
  while (!rest.empty() && rest.front() != '@') {
    if (!is_ascii(rest.front())) {
      if (const auto problem = take_utf8(rest, utf8, out)) return problem;
      atom_begun = true;
      continue;
    }
    const bool dot = rest.front() == '.';
    if (dot ? !atom_begun : !is_atext(rest.front())) return AddressError::syntax;
    atom_begun = !dot;
    take_one(rest, out);
  }
  if (!atom_begun) return AddressError::syntax;
  return std::nullopt;
}

/// QcontentSMTP = qtextSMTP / quoted-pairSMTP.
Problem take_quoted_content(std::string_view& rest, Utf8 utf8, std::string& out) {
  if (!is_ascii(rest.front())) return take_utf8(rest, utf8, out);
  if (rest.front() == '\\') {
    rest.remove_prefix(1);
    if (rest.empty() || rest.front() < ' ' || rest.front() > '~') return AddressError::syntax;
  } else if (!is_qtext(rest.front())) {
    return AddressError::syntax;
  }
  take_one(rest, out);
  return std::nullopt;
}

/// Quoted-string = DQUOTE *QcontentSMTP DQUOTE.
Problem take_quoted_string(std::string_view& rest, Utf8 utf8, std::string& out) {
  rest.remove_prefix(1);
  while (!rest.empty() && rest.front() != '"') {
    if (const auto problem = take_quoted_content(rest, utf8, out)) return problem;
  }
  if (rest.empty()) return AddressError::syntax;
  rest.remove_prefix(1);
  return std::nullopt;
}

/// Local-part = Dot-string / Quoted-string.
Problem take_local_part(std::string_view& rest, Utf8 utf8, std::string& out) {
  const std::size_t before = rest.size();
  const bool quoted = rest.starts_with('"');
  const auto problem = quoted ? take_quoted_string(rest, utf8, out) : take_dot_string(rest, utf8, out);
  if (problem) return problem;
  if (before - rest.size() > max_local_part) return AddressError::local_part_too_long;
  return std::nullopt;
}

bool is_dot_string(std::string_view text) {
  std::string ignored;
  return !take_dot_string(text, Utf8::allowed, ignored) && text.empty();
}

std::string in_quotes(std::string_view local_part) {
  std::string text = "\"";
  for (const char c : local_part) {
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
  return text + '"';
}

bool is_username_character(char c) { return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-'; }

}  // namespace

std::string_view describe(AddressError error) {
  switch (error) {
    case AddressError::empty:
      return "is empty";
    case AddressError::syntax:
      return "is not well-formed";
    case AddressError::local_part_too_long:
      return "has more than 64 octets before the @";
    case AddressError::domain_too_long:
      return "has a domain over 255 octets, or a label over 63";
    case AddressError::path_too_long:
      return "is longer than 256 octets";
    case AddressError::not_ascii:
      return "is not US-ASCII, and SMTPUTF8 was not asked for";
    case AddressError::invalid_utf8:
      return "is not valid UTF-8";
  }
  return "is not well-formed";
}

Result<DomainName, AddressError> DomainName::parse(std::string_view text, Utf8 utf8) {
  std::string name;
  if (const auto problem = take_domain(text, utf8, name)) return fail(*problem);
  return DomainName(std::move(name));
}

Result<Username, AddressError> Username::parse(std::string_view text) {
  if (text.empty()) return fail(AddressError::empty);
  if (text.size() > max_label) return fail(AddressError::local_part_too_long);
  std::string name = to_lower(text);
  for (const char c : name) {
    if (!is_username_character(c)) return fail(is_ascii(c) ? AddressError::syntax : AddressError::not_ascii);
  }
  if (name.front() == '-' || name.back() == '-') return fail(AddressError::syntax);
  return Username(std::move(name));
}

Result<MailAddress, AddressError> MailAddress::parse(std::string_view text, Utf8 utf8) {
  if (text.empty()) return fail(AddressError::empty);
  if (text.size() > max_mailbox) return fail(AddressError::path_too_long);
  std::string local_part;
  std::string domain;
  if (const auto problem = take_local_part(text, utf8, local_part)) return fail(*problem);
  if (!text.starts_with('@')) return fail(AddressError::syntax);
  text.remove_prefix(1);
  const auto problem = text.starts_with('[') ? take_address_literal(text, domain) : take_domain(text, utf8, domain);
  if (problem) return fail(*problem == AddressError::empty ? AddressError::syntax : *problem);
  return MailAddress(std::move(local_part), std::move(domain));
}

bool MailAddress::is_ascii() const { return mail::is_ascii(local_part_) && mail::is_ascii(domain_); }

std::string MailAddress::to_smtp() const {
  return (is_dot_string(local_part_) ? local_part_ : in_quotes(local_part_)) + '@' + domain_;
}

}  // namespace sisu::mail
