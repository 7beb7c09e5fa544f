// TLS over any ByteStream: OpenSSL through a pair of memory BIOs, so that a socket and an SSH channel serve alike.
// TLS 1.2 and 1.3 only.
#pragma once

#include "common/net/byte_stream.hpp"

#include <asio/awaitable.hpp>

#include <memory>
#include <string>

struct ssl_ctx_st;  // OpenSSL

namespace sisu::tls {

/// Shared, immutable configuration of TLS servers or clients: replaced as a whole for a new certificate.
using Context = std::shared_ptr<ssl_ctx_st>;

class TlsStream : public net::ByteStream {
 public:
  enum class Role { server, client };

  /// Does not own `below`, which must outlive it. `server_name` (SNI) only for clients; verification is what the
  /// context says.
  static std::unique_ptr<TlsStream> create(net::ByteStream& below, Context context, Role role,
                                           const std::string& server_name = {});

  /// Throws std::system_error whose message says what OpenSSL said.
  virtual asio::awaitable<void> handshake() = 0;

  virtual std::string version() const = 0;  ///< "TLSv1.3"
  virtual std::string cipher() const = 0;   ///< "TLS_AES_256_GCM_SHA384"
};

}  // namespace sisu::tls
