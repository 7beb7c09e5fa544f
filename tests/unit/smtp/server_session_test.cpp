#include "common/smtp/server_session.hpp"

#include "tests/support/played_stream.hpp"
#include "tests/support/smtp_fakes.hpp"

#include <asio/bind_cancellation_slot.hpp>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <gtest/gtest.h>

namespace sisu::smtp {
namespace {

using namespace std::chrono_literals;
using test::FakePolicy;
using test::FakeSink;
using test::PlayedStream;

constexpr std::string_view hello = "EHLO mx.example\r\n";
constexpr std::string_view envelope = "MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\n";

/// Stands in for TLS: the octets stay as they are, the stream is another.
class PlainUpgrade final : public TlsUpgrade {
 public:
  bool fails = false;
  bool hangs = false;

  asio::awaitable<SecuredStream> upgrade(net::ByteStream& below) override {
    if (fails) throw std::system_error(asio::error::connection_aborted, "handshake");
    if (hangs) {
      std::array<char, 1> octet{};
      co_await below.read_some(octet);
    }
    SecuredStream secured;
    secured.stream = std::make_unique<Through>(below);
    secured.info = {"TLSv1.3", "TLS_TEST"};
    co_return secured;
  }

 private:
  struct Through final : net::ByteStream {
    explicit Through(net::ByteStream& stream) : below(stream) {}
    asio::any_io_executor executor() override { return below.executor(); }
    asio::awaitable<std::size_t> read_some(std::span<char> out) override { return below.read_some(out); }
    asio::awaitable<void> write(std::string_view bytes) override { return below.write(bytes); }
    asio::awaitable<void> finish() override { return below.finish(); }
    void close() noexcept override { below.close(); }
    net::ByteStream& below;
  };
};

/// A session and its peer on one loop; the test plays the peer.
struct Connection {
  explicit Connection(ServerConfig config = clear_text())
      : peer(loop.get_executor()), session(peer, ConnectionInfo(), ServerServices{policy, sink, &tls, {}}, config) {
    asio::co_spawn(loop, session.run(), asio::bind_cancellation_slot(cancel.slot(), [this](std::exception_ptr error) {
                     done = true;
                     threw = error != nullptr;
                   }));
  }

  ~Connection() {
    peer.reset();
    run();
    EXPECT_EQ(sink.open, 0) << "a message was left open";
    EXPECT_TRUE(peer.is_closed());
    EXPECT_FALSE(threw);
  }

  static ServerConfig clear_text() {
    ServerConfig config;
    config.options = {"mail.example", StartTls::offered};
    return config;
  }

  /// Sends, lets the session work until it waits, and gives what it said.
  std::string say(std::string_view bytes) {
    peer.push(bytes);
    loop.poll();
    return peer.take();
  }

  /// Until run() completes.
  void run() {
    while (!done && loop.run_one() > 0) {
    }
  }

  asio::io_context loop;
  FakePolicy policy;
  FakeSink sink;
  PlainUpgrade tls;
  asio::cancellation_signal cancel;
  bool done = false;
  bool threw = false;
  PlayedStream peer;
  ServerSession session;
};

TEST(ServerSession, a_message_reaches_the_sink_byte_for_byte) {
  Connection connection;
  EXPECT_EQ(connection.say(""), "220 mail.example ESMTP Sisumail\r\n");
  connection.say(hello);
  connection.say(envelope);
  EXPECT_TRUE(connection.say("DATA\r\n").starts_with("354 "));
  EXPECT_EQ(connection.say("Subject: x\r\n\r\n..dot\r\n.\r\n"), "250 2.0.0 stored\r\n");
  ASSERT_EQ(connection.sink.stored.size(), 1U);
  EXPECT_EQ(connection.sink.stored[0].text, "Subject: x\r\n\r\n.dot\r\n");
  EXPECT_EQ(connection.policy.connections.at(0).hello, "mx.example");
}

}  // namespace
}  // namespace sisu::smtp
