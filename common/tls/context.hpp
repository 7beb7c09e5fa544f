// What TLS servers and clients of ours agree to: TLS 1.2 and 1.3, forward secrecy, authenticated ciphers.
#pragma once

#include "common/base/result.hpp"
#include "common/tls/certificate.hpp"
#include "common/tls/private_key.hpp"
#include "common/tls/tls_stream.hpp"

#include <filesystem>
#include <optional>

namespace sisu::tls {

/// A server that shows `chain`. Sessions resume by ticket (a sender that comes again saves both sides a signature),
/// for two hours, under a key that lives in this context only. An error if `key` does not belong to `chain`.
Result<Context, CertificateError> make_server_context(const CertificateChain& chain, const PrivateKey& key);

enum class Verify { none, peer };

/// A client. With Verify::peer the server's chain must lead to `ca_file`, or to the system's store without one, and
/// name the server. An error if the file cannot be read.
Result<Context, CertificateError> make_client_context(Verify verify,
                                                      const std::optional<std::filesystem::path>& ca_file = {});

}  // namespace sisu::tls
