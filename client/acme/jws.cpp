#include "client/acme/jws.hpp"

#include "client/acme/documents/base64url.hpp"
#include "common/base/expects.hpp"

#include <nlohmann/json.hpp>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <utility>

namespace sisu::acme {
namespace {

using nlohmann::json;

std::string text_of(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

template <class Sign>
std::string flattened(const json& header, std::string_view payload, Sign sign) {
  const std::string protected_header = to_base64url(text_of(header));
  const std::string encoded_payload = to_base64url(payload);
  const std::string signature = sign(protected_header + "." + encoded_payload);
  return text_of(
      json{{"protected", protected_header}, {"payload", encoded_payload}, {"signature", to_base64url(signature)}});
}

}  // namespace

ExternalAccount::ExternalAccount(std::string key_id, std::string_view mac_key) : key_id_(std::move(key_id)) {
  SecretBuffer key(mac_key.size());
  std::ranges::copy(mac_key, key.bytes().begin());
  mac_key_ = std::make_shared<const SecretBuffer>(std::move(key));
}

std::string_view ExternalAccount::mac_key() const {
  return {reinterpret_cast<const char*>(mac_key_->bytes().data()), mac_key_->bytes().size()};
}

std::string sign_request(const AccountKey& key, const JwsHeader& header, std::string_view payload) {
  json fields{{"alg", "ES256"}, {"nonce", header.nonce}, {"url", header.url}};
  if (header.key_id) {
    fields["kid"] = *header.key_id;
  } else {
    fields["jwk"] = json::parse(key.jwk());
  }
  return flattened(fields, payload, [&](const std::string& input) { return key.sign(input); });
}

std::string bind_external_account(const ExternalAccount& external, const AccountKey& key, const std::string& url) {
  const json fields{{"alg", "HS256"}, {"kid", external.key_id()}, {"url", url}};
  return flattened(fields, key.jwk(), [&](const std::string& input) { return hmac_sha256(external.mac_key(), input); });
}

std::string hmac_sha256(std::string_view key, std::string_view message) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  const auto* made =
      ::HMAC(::EVP_sha256(), key.data(), static_cast<int>(key.size()),
             reinterpret_cast<const unsigned char*>(message.data()), message.size(), digest.data(), &size);
  expects(made != nullptr, "OpenSSL to compute an HMAC");
  return {reinterpret_cast<const char*>(digest.data()), size};
}

}  // namespace sisu::acme
