// Server and client contexts, and both ends of a TLS connection in memory.
#pragma once

#include "common/tls/context.hpp"
#include "common/tls/tls_stream.hpp"
#include "tests/support/memory_stream.hpp"

#include <asio/io_context.hpp>

#include <chrono>
#include <memory>
#include <string>

namespace sisu::tls::test {

inline const std::string host = "niklas.v6.test";

inline Context server_context() {
  const PrivateKey key = PrivateKey::generate_p256();
  return make_server_context(CertificateChain::self_signed(key, host, std::chrono::days(30)), key).value();
}

inline Context client_context() { return make_client_context(Verify::none).value(); }

/// Both ends, not yet shaken hands; the streams below them may be used to play an attacker.
struct Connection {
  explicit Connection(asio::io_context& loop, Context server_side, Context client_side,
                      sisu::test::MemoryStreamOptions options = {})
      : below(sisu::test::make_memory_streams(loop.get_executor(), options)),
        server(TlsStream::create(*below.left, std::move(server_side), TlsStream::Role::server)),
        client(TlsStream::create(*below.right, std::move(client_side), TlsStream::Role::client, host)) {}

  sisu::test::MemoryStreams below;
  std::unique_ptr<TlsStream> server;
  std::unique_ptr<TlsStream> client;
};

}  // namespace sisu::tls::test
