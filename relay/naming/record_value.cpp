#include "relay/naming/record_value.hpp"

#include "common/base/ip_address.hpp"
#include "relay/naming/character_string.hpp"

#include <algorithm>
#include <charconv>

namespace sisu::relay::naming {
namespace {

using Words = std::vector<std::string>;

constexpr std::size_t longest_character_string = 255;  // RFC 1035 3.3
constexpr std::size_t sha256_digits = 64;
constexpr std::size_t sha512_digits = 128;

std::string lower_case(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

std::optional<unsigned> parse_number(std::string_view text, unsigned largest) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number > largest) return std::nullopt;
  return number;
}

std::optional<std::string> canonical_address(const Words& words, IpAddress::Family family) {
  if (words.size() != 1) return std::nullopt;
  const auto address = IpAddress::parse(words[0]);
  if (!address || address->family() != family) return std::nullopt;
  return address->to_string();
}

/// The root stands for "no mail at all" (RFC 7505).
std::optional<std::string> canonical_mx(const Words& words) {
  if (words.size() != 2) return std::nullopt;
  const auto preference = parse_number(words[0], 0xFFFF);
  if (!preference) return std::nullopt;
  if (words[1] == ".") return std::to_string(*preference) + " .";
  const auto exchange = RecordName::parse(words[1]);
  if (!exchange) return std::nullopt;
  return std::to_string(*preference) + ' ' + exchange->to_string();
}

std::optional<std::string> canonical_txt(const Words& words) {
  if (words.empty()) return std::nullopt;
  std::string value;
  for (const auto& word : words) {
    if (word.size() > longest_character_string) return std::nullopt;
    if (!value.empty()) value += ' ';
    value += quoted(word);
  }
  return value;
}

/// RFC 8659 4.1.1: the tag is compared without case; the value is not a character-string, it may be longer than 255.
std::optional<std::string> canonical_caa(const Words& words) {
  if (words.size() != 3) return std::nullopt;
  const auto flags = parse_number(words[0], 0xFF);
  const auto tag = lower_case(words[1]);
  constexpr std::string_view tag_characters = "abcdefghijklmnopqrstuvwxyz0123456789";
  if (!flags || tag.empty() || tag.size() > longest_character_string ||
      tag.find_first_not_of(tag_characters) != tag.npos)
    return std::nullopt;
  return std::to_string(*flags) + ' ' + tag + ' ' + quoted(words[2]);
}

bool is_digest_length(unsigned matching_type, std::size_t digits) {
  if (matching_type == 1) return digits == sha256_digits;
  if (matching_type == 2) return digits == sha512_digits;
  return digits > 0 && digits % 2 == 0;
}

/// RFC 6698 2.2; the digits may come in several pieces.
std::optional<std::string> canonical_tlsa(const Words& words) {
  if (words.size() < 4) return std::nullopt;
  std::string value;
  unsigned matching_type = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    const auto number = parse_number(words[i], 0xFF);
    if (!number) return std::nullopt;
    matching_type = *number;
    value += std::to_string(*number) + ' ';
  }
  std::string digits;
  for (std::size_t i = 3; i < words.size(); ++i) digits += lower_case(words[i]);
  if (!is_digest_length(matching_type, digits.size()) || digits.find_first_not_of("0123456789abcdef") != digits.npos)
    return std::nullopt;
  return value + digits;
}

std::optional<std::string> canonical(RecordType type, const Words& words) {
  switch (type) {
    case RecordType::a:
      return canonical_address(words, IpAddress::Family::v4);
    case RecordType::aaaa:
      return canonical_address(words, IpAddress::Family::v6);
    case RecordType::mx:
      return canonical_mx(words);
    case RecordType::txt:
      return canonical_txt(words);
    case RecordType::caa:
      return canonical_caa(words);
    case RecordType::tlsa:
      return canonical_tlsa(words);
  }
  return std::nullopt;
}

}  // namespace

Result<std::string, ValueError> canonical_value(RecordType type, std::string_view text) {
  if (text.size() > Record::longest_value) return fail(ValueError::too_long);
  const auto words = split_words(text);
  if (!words) return fail(ValueError::syntax);
  auto value = canonical(type, *words);
  if (!value) return fail(ValueError::syntax);
  if (value->size() > Record::longest_value) return fail(ValueError::too_long);
  return *std::move(value);
}

}  // namespace sisu::relay::naming
