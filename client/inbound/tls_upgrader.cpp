#include "client/inbound/tls_upgrader.hpp"

namespace sisu::client {

asio::awaitable<smtp::SecuredStream> TlsUpgrader::upgrade(net::ByteStream& below) {
  auto stream = tls::TlsStream::create(below, context_, tls::TlsStream::Role::server);
  co_await stream->handshake();
  smtp::SecuredStream secured;
  secured.info = {stream->version(), stream->cipher()};
  secured.stream = std::move(stream);
  co_return secured;
}

}  // namespace sisu::client
