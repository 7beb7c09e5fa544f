// A session, a policy, a sink and a peer that the test plays, on one io_context.
#pragma once

#include "common/smtp/server_session.hpp"
#include "tests/support/played_stream.hpp"
#include "tests/support/smtp_fakes.hpp"

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/co_spawn.hpp>
#include <asio/error.hpp>
#include <asio/io_context.hpp>
#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>
#include <system_error>

namespace sisu::smtp {

/// Stands in for TLS: the octets stay as they are, the stream is another.
class PlainUpgrade final : public TlsUpgrade {
 public:
  int upgrades = 0;
  bool fails = false;
  bool hangs = false;

  asio::awaitable<SecuredStream> upgrade(net::ByteStream& below) override {
    if (fails) throw std::system_error(asio::error::connection_aborted, "handshake");
    if (hangs) {
      std::array<char, 1> octet{};
      co_await below.read_some(octet);
    }
    ++upgrades;
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
  test::FakePolicy policy;
  test::FakeSink sink;
  PlainUpgrade tls;
  asio::cancellation_signal cancel;
  bool done = false;
  bool threw = false;
  test::PlayedStream peer;
  ServerSession session;
};

}  // namespace sisu::smtp
