// The certificate that this device shows to senders: files that the user gave, or a key made here at the first start
// with a certificate that it signed itself (DANE needs no CA; most senders check nothing).
#pragma once

#include "common/tls/certificate.hpp"
#include "common/tls/private_key.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace sisu::client {

enum class TlsPolicy {
  pragmatic,  ///< serve with any certificate
  strict,     ///< serve only with one that a sender which insists on certificates would take
};

struct CertificateOptions {
  std::string host;                 ///< what senders connect to: USER.v6.ZONE
  std::filesystem::path directory;  ///< where the device's own key and certificate live; must exist
  std::optional<std::filesystem::path> certificate_file;  ///< both or none: --tls-cert, --tls-key
  std::optional<std::filesystem::path> key_file;
  TlsPolicy policy = TlsPolicy::pragmatic;
  std::optional<std::filesystem::path> ca_file;  ///< for strict, instead of the system's store
};

struct ServingCertificate {
  tls::CertificateChain chain;
  tls::PrivateKey key;
  bool key_is_new = false;  ///< made and stored just now
  bool chain_is_new = false;
};

/// Blocks on files. The key is made once and kept; the self-signed certificate is made again, over the same key, when
/// it names another host, does not match, or ends within a month. The error is one line for a person.
Result<ServingCertificate, std::string> obtain_certificate(const CertificateOptions& options);

}  // namespace sisu::client
