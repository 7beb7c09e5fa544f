// Character classes of RFC 5321 4.1.2 and RFC 5322, and UTF-8 as RFC 3629 4 has it. ASCII only, free of locales.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sisu::mail {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr bool is_blank(char c) { return c == ' ' || c == '\t'; }
constexpr bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }
/// 0x00 to 0x1F and 0x7F.
constexpr bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }
/// Let-dig, RFC 5321 4.1.2.
constexpr bool is_let_dig(char c) { return is_alpha(c) || is_digit(c); }
/// atext, RFC 5322 3.2.3.
constexpr bool is_atext(char c) {
  return is_let_dig(c) || std::string_view("!#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos;
}
/// qtextSMTP, RFC 5321 4.1.2: printable, neither '"' nor '\'.
constexpr bool is_qtext(char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; }

constexpr char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
std::string to_lower(std::string_view text);
/// ASCII letters compare without case.
bool equals_ignoring_case(std::string_view a, std::string_view b);

bool is_ascii(std::string_view text);
/// Octets (2 to 4) of the well-formed non-ASCII sequence that `text` begins with; 0 if it begins with none
/// (overlong forms, surrogates and code points above U+10FFFF are malformed).
std::size_t utf8_sequence_length(std::string_view text);

}  // namespace sisu::mail
