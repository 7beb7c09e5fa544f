#include "relay/naming/record.hpp"

#include <algorithm>

namespace sisu::relay::naming {
namespace {

constexpr std::size_t longest_name = 253;
constexpr std::size_t longest_label = 63;

bool is_label_character(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; }

/// RFC 1035 2.3.1 and RFC 1123 2.1 after the '_' that RFC 8552 puts before names that are no hosts.
std::optional<NameError> broken_rule_of_label(std::string_view label) {
  if (label.empty()) return NameError::empty_label;
  if (label.size() > longest_label) return NameError::label_too_long;
  if (label.front() == '_') label.remove_prefix(1);
  if (label.empty() || !std::ranges::all_of(label, is_label_character)) return NameError::bad_character;
  if (label.front() == '-' || label.back() == '-') return NameError::hyphen_at_end;
  return std::nullopt;
}

std::optional<NameError> broken_rule(std::string_view name) {
  if (name.empty()) return NameError::empty;
  if (name.back() != '.') return NameError::not_absolute;
  if (name.size() - 1 > longest_name) return NameError::too_long;
  while (!name.empty()) {
    const auto dot = name.find('.');
    if (const auto error = broken_rule_of_label(name.substr(0, dot))) return error;
    name.remove_prefix(dot + 1);
  }
  return std::nullopt;
}

}  // namespace

std::string_view describe(NameError error) {
  switch (error) {
    case NameError::empty:
      return "the name is empty";
    case NameError::not_absolute:
      return "the name does not end with a dot";
    case NameError::too_long:
      return "the name is longer than 253 characters";
    case NameError::label_too_long:
      return "the name has a label of more than 63 characters";
    case NameError::empty_label:
      return "the name has an empty label";
    case NameError::bad_character:
      return "the name has a character other than a-z, 0-9, '-', and '_' at the start of a label";
    case NameError::hyphen_at_end:
      return "a label of the name begins or ends with '-'";
  }
  return "";
}

Result<RecordName, NameError> RecordName::parse(std::string_view text) {
  if (text.size() > longest_name + 1) return fail(text.back() == '.' ? NameError::too_long : NameError::not_absolute);
  std::string name(text);
  for (char& c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  if (const auto error = broken_rule(name)) return fail(*error);
  return RecordName(std::move(name));
}

bool RecordName::is_within(const RecordName& zone) const {
  if (!text_.ends_with(zone.text_)) return false;
  return text_.size() == zone.text_.size() || text_[text_.size() - zone.text_.size() - 1] == '.';
}

}  // namespace sisu::relay::naming
