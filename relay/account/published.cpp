#include "relay/account/published.hpp"

#include <algorithm>

namespace sisu::relay {
namespace {

constexpr std::size_t digest_digits = 64;
constexpr std::size_t challenge_characters = 43;
constexpr std::string_view scheme = "https://";

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool is_base64url(char c) { return is_digit(c) || is_lower(c) || is_upper(c) || c == '-' || c == '_'; }

/// RFC 8659 4.2: what may stand in a parameter's value, less the quotes and backslash that zone files would escape.
bool is_uri_character(char c) {
  constexpr std::string_view refused = ";\"'\\";
  return c > ' ' && c < 0x7F && refused.find(c) == refused.npos;
}

char to_lower(char c) { return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

std::optional<SpkiDigest> SpkiDigest::parse(std::string_view text) {
  if (text.size() != digest_digits || !std::ranges::all_of(text, is_hex)) return std::nullopt;
  std::string folded(text);
  std::ranges::transform(folded, folded.begin(), to_lower);
  return SpkiDigest(std::move(folded));
}

std::optional<ChallengeValue> ChallengeValue::parse(std::string_view text) {
  if (text.size() != challenge_characters || !std::ranges::all_of(text, is_base64url)) return std::nullopt;
  return ChallengeValue(std::string(text));
}

std::optional<AcmeAccountUri> AcmeAccountUri::parse(std::string_view text) {
  if (!text.starts_with(scheme) || text.size() == scheme.size() || text.size() > longest) return std::nullopt;
  if (!std::ranges::all_of(text, is_uri_character)) return std::nullopt;
  return AcmeAccountUri(std::string(text));
}

}  // namespace sisu::relay
