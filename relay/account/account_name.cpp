#include "relay/account/account_name.hpp"

#include "common/base/expects.hpp"
#include "relay/account/reserved_names.hpp"

#include <algorithm>
#include <optional>

namespace sisu::relay {
namespace {

constexpr std::size_t longest_label = 63;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_label_character(char c) { return is_letter(c) || is_digit(c) || c == '-'; }
bool is_not_ascii(char c) { return static_cast<unsigned char>(c) > 0x7F; }

std::optional<NameError> broken_rule(std::string_view text) {
  if (text.empty()) return NameError::empty;
  if (text.size() > longest_label) return NameError::too_long;
  if (std::ranges::any_of(text, is_not_ascii)) return NameError::not_ascii;
  if (text.find('.') != std::string_view::npos) return NameError::has_dot;
  if (!std::ranges::all_of(text, is_label_character)) return NameError::bad_character;
  if (text.front() == '-' || text.back() == '-') return NameError::hyphen_at_end;
  if (text.substr(2 < text.size() ? 2 : text.size()).starts_with("--")) return NameError::reserved_hyphens;
  if (std::ranges::all_of(text, is_digit)) return NameError::only_digits;
  return std::nullopt;
}

}  // namespace

std::string_view describe(NameError error) {
  switch (error) {
    case NameError::empty:
      return "the name is empty: log in as the name you want, as in ssh NAME@relay";
    case NameError::too_long:
      return "the name is too long: choose one of at most 63 characters";
    case NameError::not_ascii:
      return "the name has a character beyond ASCII: choose one of a-z, 0-9 and '-'";
    case NameError::has_dot:
      return "the name has a dot: choose a single label of a-z, 0-9 and '-'";
    case NameError::bad_character:
      return "the name has a character that is not allowed: use a-z, 0-9 and '-'";
    case NameError::hyphen_at_end:
      return "the name begins or ends with '-': choose one that does not";
    case NameError::reserved_hyphens:
      return "names with '--' at positions 3 and 4 are reserved in DNS: choose another";
    case NameError::only_digits:
      return "the name has only digits: add a letter";
    case NameError::reserved:
      return "the name is reserved, as it has a meaning for mail or in the zone: choose another";
  }
  return "";
}

Result<AccountName, NameError> AccountName::parse(std::string_view text) {
  auto name = parse_stored(text);
  if (name && is_reserved(name->to_string())) return fail(NameError::reserved);
  return name;
}

Result<AccountName, NameError> AccountName::parse_stored(std::string_view text) {
  if (const auto error = broken_rule(text)) return fail(*error);
  auto username = mail::Username::parse(text);
  expects(username.has_value(), "an account name to be a user name");
  return AccountName(std::move(*username));
}

}  // namespace sisu::relay
