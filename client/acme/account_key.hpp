// The key of the device's ACME account: ECDSA on P-256, signing ES256 (RFC 7518 3.4). It never leaves the device; the
// CA knows the account by it.
#pragma once

#include "common/tls/private_key.hpp"

#include <string>
#include <string_view>

namespace sisu::acme {

class AccountKey {
 public:
  static AccountKey generate();
  /// An error for a key of another kind: the account's is always P-256.
  static Result<AccountKey, tls::CertificateError> from(tls::PrivateKey key);

  /// The public key as a JSON Web Key with the members and the order that its thumbprint is made of (RFC 7638 3.2).
  const std::string& jwk() const { return jwk_; }
  /// SHA-256 of jwk() in base64url, 43 characters.
  std::string thumbprint() const;

  /// An ES256 signature: r and s, 32 octets each, big-endian (RFC 7518 3.4).
  std::string sign(std::string_view message) const;

  const tls::PrivateKey& private_key() const { return key_; }

 private:
  AccountKey(tls::PrivateKey key, std::string jwk) : key_(std::move(key)), jwk_(std::move(jwk)) {}
  tls::PrivateKey key_;
  std::string jwk_;
};

/// SHA-256 in base64url: of a canonical JWK its thumbprint (RFC 7638 3), of a key authorization the value of the TXT
/// record (RFC 8555 8.4).
std::string sha256_base64url(std::string_view text);

}  // namespace sisu::acme
