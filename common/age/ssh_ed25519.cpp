#include "common/age/ssh_ed25519.hpp"

#include "common/age/base64.hpp"
#include "common/age/hkdf.hpp"

#include <openssl/sha.h>

#include <algorithm>

namespace sisu::age {
namespace {

// RFC 8709 4: string "ssh-ed25519", string key.
constexpr std::array<std::uint8_t, 19> wire_prefix{0,   0,   0,   11,  's', 's', 'h', '-', 'e', 'd',
                                                   '2', '5', '5', '1', '9', 0,   0,   0,   32};
using WireForm = std::array<std::uint8_t, wire_prefix.size() + 32>;

WireForm wire_form(const Ed25519PublicKey& key) {
  WireForm wire{};
  std::copy(key.begin(), key.end(), std::copy(wire_prefix.begin(), wire_prefix.end(), wire.begin()));
  return wire;
}

std::string_view take_word(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  const auto word = line.substr(0, line.find_first_of(" \t\r\n"));
  line.remove_prefix(word.size());
  return word;
}

}  // namespace

Result<Ed25519PublicKey, Error> parse_ssh_ed25519(std::string_view line) {
  const auto type = take_word(line);
  WireForm wire{};
  // 51 octets: base64 needs no padding, so that age's decoder reads OpenSSH's spelling.
  if (type != "ssh-ed25519" || !decode_base64(take_word(line), wire) ||
      !std::equal(wire_prefix.begin(), wire_prefix.end(), wire.begin()))
    return fail(Error::not_a_recipient);
  Ed25519PublicKey key{};
  std::copy(wire.begin() + wire_prefix.size(), wire.end(), key.begin());
  return key;
}

std::string ssh_ed25519_tag(const Ed25519PublicKey& key) {
  const WireForm wire = wire_form(key);
  std::array<std::uint8_t, SHA256_DIGEST_LENGTH> digest{};
  SHA256(wire.data(), wire.size(), digest.data());
  return encode_base64(std::span(digest).first(4));
}

Scalar ssh_ed25519_tweak(const Ed25519PublicKey& key) { return hkdf({}, wire_form(key), ssh_ed25519_label); }

}  // namespace sisu::age
