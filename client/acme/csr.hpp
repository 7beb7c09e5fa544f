// What a certificate is asked for with, and how a certificate is named to its CA.
#pragma once

#include "common/tls/certificate.hpp"
#include "common/tls/private_key.hpp"

#include <optional>
#include <string>

namespace sisu::acme {

/// A certification request (PKCS #10, RFC 2986) in DER for one dNSName, signed by `key`, with an empty subject: names
/// stand in subjectAltName (RFC 8555 7.4), and a common name has room for 64 octets only.
std::string make_csr(const tls::PrivateKey& key, const std::string& host);

/// The chain's first certificate as renewal information names it: its issuer's key id and its serial number (RFC 9773
/// 4.1). Nothing for a certificate without an authority key identifier: a self-signed one.
std::optional<std::string> certificate_id(const tls::CertificateChain& chain);

}  // namespace sisu::acme
