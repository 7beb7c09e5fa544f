// The certificate files of this device: those that the user gave, or one beside the device's own keys, from a CA or
// signed by the device itself (DANE needs no CA; most senders check nothing).
//
//   tls-certificate.pem        over the current key (common/keys/key_ring.hpp)
//   tls-certificate-next.pem   over the next key, from a CA, for the moment of the switch
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
  std::filesystem::path directory;  ///< where the device's own keys and certificates live; must exist
  std::optional<std::filesystem::path> certificate_file;  ///< both or none: --tls-cert, --tls-key
  std::optional<std::filesystem::path> key_file;
  TlsPolicy policy = TlsPolicy::pragmatic;
  std::optional<std::filesystem::path> ca_file;  ///< for strict, instead of the system's store
  bool asks_a_ca = false;  ///< strict may begin without a certificate that verifies: one will come
};

struct OwnChain {
  tls::CertificateChain chain;
  bool is_new = false;  ///< made and stored just now
};

/// The chain to show with the device's own `key`. A CA's is kept until it has expired; without one, a self-signed one
/// is made, or made again when it names another host or ends within a month. A chain that waited for `key` to become
/// the current one takes its place. Blocks on files. The error is one line for a person.
Result<OwnChain, std::string> own_chain(const CertificateOptions& options, const tls::PrivateKey& key);

/// The CA's chain that waits for `next` to become the current key.
std::optional<tls::CertificateChain> waiting_chain(const CertificateOptions& options, const tls::PrivateKey& next);

enum class ChainPlace { current, waiting };
std::filesystem::path chain_file(const CertificateOptions& options, ChainPlace place);

struct GivenCertificate {
  tls::CertificateChain chain;
  tls::PrivateKey key;
};
/// --tls-cert and --tls-key.
Result<GivenCertificate, std::string> given_certificate(const CertificateOptions& options);

/// Whether the policy lets this chain be served; the error says what to do.
Result<void, std::string> check_policy(const CertificateOptions& options, const tls::CertificateChain& chain);

}  // namespace sisu::client
