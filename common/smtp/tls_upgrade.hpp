// Seam: how a plain connection becomes a TLS one. SMTP knows no TLS library; whoever starts a session brings this.
#pragma once

#include "common/net/byte_stream.hpp"
#include "common/smtp/connection_info.hpp"

#include <asio/awaitable.hpp>

#include <memory>

namespace sisu::smtp {

struct SecuredStream {
  std::unique_ptr<net::ByteStream> stream;
  TlsInfo info;
};

class TlsUpgrade {
 public:
  virtual ~TlsUpgrade() = default;

  /// Does the handshake over `below`, which must outlive what is returned. Throws std::system_error; `below` is of no
  /// use then. Needs no time limit of its own: closing `below` must end it.
  virtual asio::awaitable<SecuredStream> upgrade(net::ByteStream& below) = 0;
};

}  // namespace sisu::smtp
