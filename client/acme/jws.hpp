// Signed bodies of ACME requests: JWS in flattened JSON (RFC 7515 7.2.2, RFC 8555 6.2), and the binding of an account
// to one that the CA already knows (RFC 8555 7.3.4).
#pragma once

#include "client/acme/account_key.hpp"
#include "common/base/secret.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace sisu::acme {

struct JwsHeader {
  std::string url;                    ///< that the request goes to (RFC 8555 6.4)
  std::string nonce;                  ///< (RFC 8555 6.5)
  std::optional<std::string> key_id;  ///< the account's URL; without it the key itself is named ("jwk")
};

/// `payload` is JSON, or empty for POST-as-GET (RFC 8555 6.3).
std::string sign_request(const AccountKey& key, const JwsHeader& header, std::string_view payload);

/// What a CA that takes known customers only has given out. Copies share the key, which is wiped with the last of them.
class ExternalAccount {
 public:
  static constexpr std::size_t longest_key_id = 255;  ///< octets
  static constexpr std::size_t largest_key = 512;     ///< octets

  ExternalAccount(std::string key_id, std::string_view mac_key);

  const std::string& key_id() const { return key_id_; }
  std::string_view mac_key() const;

 private:
  std::string key_id_;
  std::shared_ptr<const SecretBuffer> mac_key_;
};

/// The member externalAccountBinding of a newAccount request to `url`: the account's public key under HS256.
std::string bind_external_account(const ExternalAccount& external, const AccountKey& key, const std::string& url);

/// HMAC with SHA-256 (RFC 7518 3.2): 32 octets.
std::string hmac_sha256(std::string_view key, std::string_view message);

}  // namespace sisu::acme
