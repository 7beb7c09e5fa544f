#include "tests/support/smtp_load/connection.hpp"

#include "common/net/address_conversion.hpp"
#include "common/net/deadline.hpp"

#include <asio/use_awaitable.hpp>

namespace sisu::load {
namespace {

class ClientTls final : public smtp::TlsUpgrade {
 public:
  explicit ClientTls(tls::Context context) : context_(std::move(context)) {}

  asio::awaitable<smtp::SecuredStream> upgrade(net::ByteStream& below) override {
    auto stream = tls::TlsStream::create(below, context_, tls::TlsStream::Role::client);
    co_await stream->handshake();
    smtp::SecuredStream secured;
    secured.info = {stream->version(), stream->cipher()};
    secured.stream = std::move(stream);
    co_return secured;
  }

 private:
  tls::Context context_;
};

void expect_positive(const smtp::Reply& reply, const char* to_what) {
  if (reply.is_positive()) return;
  throw std::system_error(std::make_error_code(std::errc::connection_refused),
                          std::string(to_what) + ": " + std::to_string(reply.code) + " " + reply.text);
}

smtp::ClientConfig config_of(const Options& options) {
  smtp::ClientConfig config;
  config.hello = options.hello;
  config.prefer_chunking = options.chunking;
  config.timeouts = {options.timeout, options.timeout, options.timeout, options.timeout, options.timeout};
  return config;
}

asio::awaitable<void> connect(asio::ip::tcp::socket& socket, Endpoint server) {
  co_await socket.async_connect(net::to_asio(server), asio::use_awaitable);
}

}  // namespace

Connection::Connection(asio::ip::tcp::socket socket, const Options& options)
    : stream_(std::move(socket)), session_(stream_, config_of(options)) {}

asio::awaitable<std::unique_ptr<Connection>> Connection::open(const Options& options, tls::Context tls) {
  asio::ip::tcp::socket socket(co_await asio::this_coro::executor);
  co_await net::with_deadline(connect(socket, options.server), options.timeout);
  std::unique_ptr<Connection> connection(new Connection(std::move(socket), options));
  co_await connection->begin(options, std::move(tls));
  co_return connection;
}

asio::awaitable<void> Connection::begin(const Options& options, tls::Context tls) {
  expect_positive(co_await session_.greeting(), "greeting");
  expect_positive(co_await session_.hello(), "EHLO");
  if (!options.starttls) co_return;
  ClientTls upgrade(std::move(tls));
  expect_positive(co_await session_.start_tls(upgrade), "STARTTLS");
}

asio::awaitable<smtp::SendOutcome> Connection::send(const mail::Envelope& envelope, std::string_view message) {
  ++messages_sent_;
  co_return co_await session_.send(envelope, message);
}

asio::awaitable<void> Connection::quit() {
  try {
    co_await session_.quit();
  } catch (const std::system_error&) {
  }
  stream_.close();
}

}  // namespace sisu::load
