// TLS over any ByteStream: OpenSSL between two queues in memory, so that a socket and an SSH channel serve alike.
// TLS 1.2 and 1.3 only. No renegotiation, no compression, no early data.
#pragma once

#include "common/net/byte_stream.hpp"

#include <asio/awaitable.hpp>

#include <memory>
#include <string>

struct ssl_ctx_st;  // OpenSSL

namespace sisu::tls {

/// Shared, immutable configuration of TLS servers or clients (context.hpp): replaced as a whole for a new certificate.
using Context = std::shared_ptr<ssl_ctx_st>;

/// As every ByteStream: one coroutine may read while another writes. Reading may have to write (alerts, key updates):
/// the stream orders that by itself. End of stream without the peer's close_notify is an error ("unexpected eof while
/// reading"), so that nobody can cut a stream unnoticed. Errors are std::system_error: those of the layer below as they
/// are, those of TLS in openssl_category() with OpenSSL's words.
class TlsStream : public net::ByteStream {
 public:
  enum class Role { server, client };

  /// Does not own `below`, which must outlive it. `server_name` (SNI, and what a verifying context wants to see in the
  /// certificate) only for clients; empty sends none and checks none.
  static std::unique_ptr<TlsStream> create(net::ByteStream& below, Context context, Role role,
                                           const std::string& server_name = {});

  /// First of all, once; read_some() and write() only after it has completed. The caller sets the deadline. When it
  /// fails for a reason of TLS, the alert has been sent and only close() may follow.
  virtual asio::awaitable<void> handshake() = 0;

  virtual std::string version() const = 0;  ///< "TLSv1.3"
  virtual std::string cipher() const = 0;   ///< "TLS_AES_256_GCM_SHA384"
  virtual bool resumed() const = 0;         ///< the handshake reused a session of before

  /// Sends close_notify, then finishes the layer below.
  asio::awaitable<void> finish() override = 0;
};

}  // namespace sisu::tls
