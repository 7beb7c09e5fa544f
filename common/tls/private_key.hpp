// The private key of a TLS server. Made on the device; never leaves it.
#pragma once

#include "common/base/result.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <system_error>

struct evp_pkey_st;  // OpenSSL

namespace sisu::tls {

struct CertificateError {
  std::string what;  ///< one line for a person: what, where, why
};

/// "cannot read the private key /x/key.pem: Permission denied"
CertificateError file_error(const char* action, const std::filesystem::path& file, std::error_code why);

class PrivateKey {
 public:
  /// ECDSA on P-256: what every TLS 1.2 peer understands.
  static PrivateKey generate_p256();
  /// PEM without encryption (PKCS #8 or the older forms). Refuses files that others may read (mode & 077).
  static Result<PrivateKey, CertificateError> load(const std::filesystem::path& file);
  static Result<PrivateKey, CertificateError> parse_pem(const std::string& pem);

  /// PKCS #8 PEM.
  std::string to_pem() const;
  /// Mode 0600, durable; an existing file is never overwritten.
  Result<void, CertificateError> save(const std::filesystem::path& file) const;

  /// SHA-256 of the SubjectPublicKeyInfo in lower-case hex: what TLSA 3 1 1 holds (RFC 6698 2.1).
  std::string spki_sha256() const;

  evp_pkey_st* openssl() const { return key_.get(); }

 private:
  explicit PrivateKey(evp_pkey_st* key);
  std::shared_ptr<evp_pkey_st> key_;
};

/// As PrivateKey::spki_sha256(), of any public key.
std::string spki_sha256(evp_pkey_st* key);

}  // namespace sisu::tls
