// X.509 certificates of TLS servers: making a self-signed one, loading a chain, and asking whether anyone would trust
// it.
#pragma once

#include "common/base/result.hpp"
#include "common/tls/private_key.hpp"

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

struct x509_st;  // OpenSSL

namespace sisu::tls {

/// The server's own certificate first, then those that lead to a root. Never empty.
class CertificateChain {
 public:
  static constexpr std::size_t longest = 10;  ///< certificates in a file

  /// PEM; at most `longest` certificates.
  static Result<CertificateChain, CertificateError> load(const std::filesystem::path& file);
  static Result<CertificateChain, CertificateError> parse_pem(const std::string& pem);

  /// For `dns_name` (subjectAltName, RFC 6125 1.8), valid from a day before now (clocks differ) for `lifetime`, with a
  /// random serial number of 127 bits.
  static CertificateChain self_signed(const PrivateKey& key, const std::string& dns_name, std::chrono::days lifetime);

  std::string to_pem() const;
  /// Mode 0644, durable; replaces an existing file.
  Result<void, CertificateError> save(const std::filesystem::path& file) const;

  bool matches(const PrivateKey& key) const;
  /// Signed with its own key: no CA has vouched for it.
  bool is_self_signed() const;
  /// SHA-256 of the server certificate's SubjectPublicKeyInfo in lower-case hex (TLSA 3 1 1).
  std::string spki_sha256() const;
  /// dNSName entries of subjectAltName; empty without any.
  std::vector<std::string> dns_names() const;
  std::chrono::system_clock::time_point not_before() const;
  std::chrono::system_clock::time_point not_after() const;

  const std::vector<std::shared_ptr<x509_st>>& certificates() const { return certificates_; }

 private:
  explicit CertificateChain(std::vector<std::shared_ptr<x509_st>> certificates)
      : certificates_(std::move(certificates)) {}
  std::vector<std::shared_ptr<x509_st>> certificates_;
};

/// Would a sender that insists on certificates take this one from `host`? Checks the chain, its dates, the purpose
/// (server) and the name, against `ca_file` or the system's store. The error says what is wrong in OpenSSL's words.
Result<void, CertificateError> verify_chain(const CertificateChain& chain, const std::string& host,
                                            const std::optional<std::filesystem::path>& ca_file);

}  // namespace sisu::tls
