// STARTTLS on this device: the seam of the SMTP session, filled with OpenSSL.
#pragma once

#include "common/smtp/tls_upgrade.hpp"
#include "common/tls/tls_stream.hpp"

namespace sisu::client {

class TlsUpgrader final : public smtp::TlsUpgrade {
 public:
  /// No handshake comes to an end before the first replace().
  TlsUpgrader() = default;
  explicit TlsUpgrader(tls::Context context) : context_(std::move(context)) {}

  /// For a new certificate: handshakes from now on; connections that have TLS keep theirs.
  void replace(tls::Context context) { context_ = std::move(context); }

  asio::awaitable<smtp::SecuredStream> upgrade(net::ByteStream& below) override;

 private:
  tls::Context context_;
};

}  // namespace sisu::client
