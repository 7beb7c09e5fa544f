#include "common/age/header.hpp"

#include "common/age/base64.hpp"
#include "common/age/limits.hpp"

#include <openssl/crypto.h>

namespace sisu::age {
namespace {

Mac mac_of(std::string_view authenticated, const FileKey& file_key) {
  return hmac(hkdf(file_key.bytes(), {}, "header").bytes(), authenticated);
}

void append(std::string& text, const Stanza& stanza) {
  text += "-> " + stanza.type;
  for (const auto& argument : stanza.arguments) text += ' ' + argument;
  text += '\n';
  const std::string body = encode_base64(stanza.body);
  // The last line is shorter than the others, and so it is empty where the body fills the one before it.
  for (std::size_t at = 0; at <= body.size(); at += body_columns) text += body.substr(at, body_columns) + '\n';
}

}  // namespace

std::string format_header(std::span<const Stanza> stanzas, const FileKey& file_key) {
  std::string text = std::string(version_line) + '\n';
  for (const Stanza& stanza : stanzas) append(text, stanza);
  text += "---";
  const Mac mac = mac_of(text, file_key);
  return text + ' ' + encode_base64(mac) + '\n';
}

bool has_right_mac(const Header& header, const FileKey& file_key) {
  const Mac mac = mac_of(header.authenticated, file_key);
  return CRYPTO_memcmp(mac.data(), header.mac.data(), mac.size()) == 0;
}

}  // namespace sisu::age
