#include "client/inbound/tls_upgrader.hpp"

#include <asio/error.hpp>

#include <system_error>

namespace sisu::client {

asio::awaitable<smtp::SecuredStream> TlsUpgrader::upgrade(net::ByteStream& below) {
  if (!context_) throw std::system_error(asio::error::no_permission, "no certificate that may be served yet");
  auto stream = tls::TlsStream::create(below, context_, tls::TlsStream::Role::server);
  co_await stream->handshake();
  smtp::SecuredStream secured;
  secured.info = {stream->version(), stream->cipher()};
  secured.stream = std::move(stream);
  co_return secured;
}

}  // namespace sisu::client
