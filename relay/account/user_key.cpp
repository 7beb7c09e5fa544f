#include "relay/account/user_key.hpp"

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <algorithm>
#include <span>

namespace sisu::relay {
namespace {

constexpr std::string_view key_type = "ssh-ed25519";
constexpr std::string_view fingerprint_prefix = "SHA256:";
constexpr std::size_t fingerprint_text = 43;

// RFC 8709 4: string "ssh-ed25519", string key of 32 octets. 51 octets, so 68 characters of base64 without padding.
constexpr std::string_view wire_prefix("\0\0\0\x0bssh-ed25519\0\0\0\x20", 19);
constexpr std::size_t wire_size = 19 + 32;
constexpr std::size_t wire_text = wire_size / 3 * 4;

std::string to_base64(std::span<const std::uint8_t> bytes) {
  std::string text((bytes.size() + 2) / 3 * 4, '\0');
  // Writes a NUL behind the text, where std::string keeps one anyway.
  EVP_EncodeBlock(reinterpret_cast<std::uint8_t*>(text.data()), bytes.data(), static_cast<int>(bytes.size()));
  return text;
}

/// Whole groups of four only. Encoding again is what refuses the spellings that OpenSSL lets pass (blanks, stray bits).
template <std::size_t Size>
std::optional<std::array<std::uint8_t, Size>> from_base64(std::string_view text) {
  std::array<std::uint8_t, (Size + 2) / 3 * 3> decoded{};
  if (text.size() != decoded.size() / 3 * 4) return std::nullopt;
  const int length = EVP_DecodeBlock(decoded.data(), reinterpret_cast<const std::uint8_t*>(text.data()),
                                     static_cast<int>(text.size()));
  if (length != static_cast<int>(decoded.size())) return std::nullopt;
  std::array<std::uint8_t, Size> bytes{};
  std::copy_n(decoded.begin(), Size, bytes.begin());
  if (to_base64(bytes) != text) return std::nullopt;
  return bytes;
}

std::string_view take_word(std::string_view& rest) {
  rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
  const auto end = std::min(rest.find_first_of(" \t\r\n"), rest.size());
  const auto word = rest.substr(0, end);
  rest.remove_prefix(end);
  return word;
}

Fingerprint fingerprint_of(std::span<const std::uint8_t> wire) {
  Fingerprint::Digest digest{};
  SHA256(wire.data(), wire.size(), digest.data());
  return Fingerprint(digest);
}

}  // namespace

std::optional<Fingerprint> Fingerprint::parse(std::string_view text) {
  if (!text.starts_with(fingerprint_prefix)) return std::nullopt;
  text.remove_prefix(fingerprint_prefix.size());
  if (text.size() != fingerprint_text) return std::nullopt;
  const auto digest = from_base64<32>(std::string(text) + '=');
  if (!digest) return std::nullopt;
  return Fingerprint(*digest);
}

std::string Fingerprint::to_string() const {
  return std::string(fingerprint_prefix) + to_base64(digest_).substr(0, fingerprint_text);
}

std::string_view describe(KeyError error) {
  switch (error) {
    case KeyError::not_a_key:
      return "that is not a public key: give the line of a .pub file (ssh-ed25519 AAAA...)";
    case KeyError::not_ed25519:
      return "only ed25519 keys can be accounts: make one with ssh-keygen -t ed25519";
    case KeyError::damaged:
      return "the key is damaged: copy the whole line of its .pub file";
  }
  return "";
}

Result<UserKey, KeyError> UserKey::parse(std::string_view line) {
  const std::string_view type = take_word(line);
  const std::string_view blob = take_word(line);
  if (type.empty() || blob.empty()) return fail(KeyError::not_a_key);
  if (type != key_type) return fail(KeyError::not_ed25519);
  if (blob.size() != wire_text) return fail(KeyError::damaged);
  const auto wire = from_base64<wire_size>(blob);
  if (!wire || !std::equal(wire_prefix.begin(), wire_prefix.end(), wire->begin(),
                           [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; }))
    return fail(KeyError::damaged);
  return UserKey(std::string(key_type) + ' ' + std::string(blob), fingerprint_of(*wire));
}

}  // namespace sisu::relay
