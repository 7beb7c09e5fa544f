#include "common/tls/tls_stream.hpp"

#include "common/tls/openssl_error.hpp"
#include "tests/support/run_coroutine.hpp"
#include "tests/unit/tls/tls_fixture.hpp"

#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <array>
#include <vector>

namespace sisu::tls {
namespace {

using test::client_context;
using test::Connection;
using test::server_context;

asio::awaitable<void> shake_hands(TlsStream& stream) { co_await stream.handshake(); }

/// Expects the handshake to fail, and keeps what was said.
asio::awaitable<void> fail_handshake(TlsStream& stream, std::string& said) {
  try {
    co_await stream.handshake();
  } catch (const std::system_error& error) {
    said = error.what();
  }
  if (said.empty()) co_return;
  try {
    co_await stream.finish();
  } catch (const std::system_error&) {
    // Nobody is there to be told.
  }
}

asio::awaitable<std::string> read_all(net::ByteStream& stream, std::size_t buffer_size = 64 * 1024) {
  std::string all;
  std::vector<char> buffer(buffer_size);
  for (;;) {
    const std::size_t count = co_await stream.read_some(buffer);
    if (count == 0) break;
    all.append(buffer.data(), count);
  }
  co_return all;
}

asio::awaitable<void> receive(TlsStream& stream, std::string& all, std::size_t buffer_size) {
  co_await stream.handshake();
  all = co_await read_all(stream, buffer_size);
  co_await stream.finish();
}

asio::awaitable<void> send(TlsStream& stream, std::string bytes) {
  co_await stream.handshake();
  co_await stream.write(bytes);
  co_await stream.finish();
  EXPECT_EQ(co_await read_all(stream), "");
}

std::string pattern(std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 131 + i / 977);
  return bytes;
}

TEST(TlsStream, handshake_reports_version_and_cipher) {
  asio::io_context loop;
  Connection connection(loop, server_context(), client_context());
  sisu::test::run_all(loop, shake_hands(*connection.server), shake_hands(*connection.client));
  EXPECT_EQ(connection.server->version(), "TLSv1.3");
  EXPECT_EQ(connection.server->cipher(), "TLS_AES_256_GCM_SHA384");
  EXPECT_FALSE(connection.server->resumed());
}

TEST(TlsStream, tls_1_2_is_served_with_forward_secrecy) {
  asio::io_context loop;
  Context old = client_context();
  SSL_CTX_set_max_proto_version(old.get(), TLS1_2_VERSION);
  Connection connection(loop, server_context(), old);
  sisu::test::run_all(loop, shake_hands(*connection.server), shake_hands(*connection.client));
  EXPECT_EQ(connection.server->version(), "TLSv1.2");
  EXPECT_EQ(connection.server->cipher().substr(0, 12), "ECDHE-ECDSA-");
}

TEST(TlsStream, what_is_sent_arrives_whatever_the_pieces) {
  struct Case {
    std::size_t size, chunk, buffer;
  };
  for (const Case& one : {Case{0, SIZE_MAX, 10}, Case{1, 1, 1}, Case{70'000, 1, 4096}, Case{16'384, SIZE_MAX, 16'384},
                          Case{5'000'000, 1000, 100'000}, Case{300'000, SIZE_MAX, 7}}) {
    asio::io_context loop;
    Connection connection(loop, server_context(), client_context(), {.chunk = one.chunk});
    const std::string sent = pattern(one.size);
    std::string received;
    sisu::test::run_all(loop, receive(*connection.server, received, one.buffer), send(*connection.client, sent));
    EXPECT_TRUE(received == sent) << one.size << " bytes in pieces of " << one.chunk;
  }
}

asio::awaitable<void> write_and_finish(TlsStream& stream, std::string bytes) {
  co_await stream.write(bytes);
  co_await stream.finish();
}

asio::awaitable<void> read_into(TlsStream& stream, std::string& all) { all = co_await read_all(stream, 5000); }

TEST(TlsStream, both_directions_flow_at_once) {
  asio::io_context loop;
  Connection connection(loop, server_context(), client_context(), {.chunk = 3000, .capacity = 20'000});
  sisu::test::run_all(loop, shake_hands(*connection.server), shake_hands(*connection.client));
  const std::string up = pattern(1'000'000);
  const std::string down = pattern(700'000);
  std::string at_server;
  std::string at_client;
  sisu::test::run_all(loop, write_and_finish(*connection.server, down), write_and_finish(*connection.client, up),
                      read_into(*connection.server, at_server), read_into(*connection.client, at_client));
  EXPECT_TRUE(at_server == up);
  EXPECT_TRUE(at_client == down);
}

asio::awaitable<void> greet(TlsStream& server) {
  co_await server.handshake();
  co_await server.write("220 ready\r\n");
  std::array<char, 10> buffer{};
  co_await server.read_some(buffer);
  co_await server.finish();
}

asio::awaitable<void> be_greeted(TlsStream& client, bool& resumed) {
  co_await client.handshake();
  resumed = client.resumed();
  std::array<char, 100> buffer{};
  co_await client.read_some(buffer);
  co_await client.write("x");
  EXPECT_EQ(co_await client.read_some(buffer), 0U);
  co_await client.finish();  // without it OpenSSL forgets the session
}

/// The one session that a client context of this test may offer next time.
SSL_SESSION* kept_session = nullptr;

int keep_session(SSL* /*connection*/, SSL_SESSION* session) {
  if (kept_session != nullptr) ::SSL_SESSION_free(kept_session);
  kept_session = session;
  return 1;
}

TEST(TlsStream, a_peer_that_comes_again_resumes_its_session) {
  const Context server = server_context();
  const Context client = client_context();
  SSL_CTX_set_session_cache_mode(client.get(), SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  ::SSL_CTX_sess_set_new_cb(client.get(), &keep_session);
  for (const bool again : {false, true}) {
    asio::io_context loop;
    Connection connection(loop, server, client);
    // The stream keeps OpenSSL to itself; for the test the session is offered by way of the context's info callback.
    ::SSL_CTX_set_info_callback(client.get(), [](const SSL* ssl, int where, int) {
      if ((where & SSL_CB_HANDSHAKE_START) != 0 && kept_session != nullptr) {
        ::SSL_set_session(const_cast<SSL*>(ssl), kept_session);
      }
    });
    bool resumed = false;
    sisu::test::run_all(loop, greet(*connection.server), be_greeted(*connection.client, resumed));
    EXPECT_EQ(resumed, again);
  }
  ::SSL_SESSION_free(std::exchange(kept_session, nullptr));
}

TEST(TlsStream, tls_1_0_and_1_1_are_refused) {
  for (const int version : {TLS1_VERSION, TLS1_1_VERSION}) {
    asio::io_context loop;
    Context old = client_context();
    SSL_CTX_set_min_proto_version(old.get(), version);
    SSL_CTX_set_max_proto_version(old.get(), version);
    ::SSL_CTX_set_security_level(old.get(), 0);
    ::SSL_CTX_set_cipher_list(old.get(), "ALL:@SECLEVEL=0");
    Connection connection(loop, server_context(), old);
    std::string at_server;
    std::string at_client;
    sisu::test::run_all(loop, fail_handshake(*connection.server, at_server),
                        fail_handshake(*connection.client, at_client));
    EXPECT_NE(at_server.find("unsupported protocol"), std::string::npos) << at_server;
    EXPECT_NE(at_client.find("alert protocol version"), std::string::npos) << "told by an alert: " << at_client;
  }
}

TEST(TlsStream, a_peer_without_forward_secrecy_is_refused) {
  asio::io_context loop;
  Context weak = client_context();
  SSL_CTX_set_max_proto_version(weak.get(), TLS1_2_VERSION);
  ::SSL_CTX_set_cipher_list(weak.get(), "AES256-SHA");
  Connection connection(loop, server_context(), weak);
  std::string at_server;
  std::string at_client;
  sisu::test::run_all(loop, fail_handshake(*connection.server, at_server),
                      fail_handshake(*connection.client, at_client));
  EXPECT_NE(at_server.find("no shared cipher"), std::string::npos) << at_server;
}

asio::awaitable<void> write_raw(net::ByteStream& stream, std::string bytes) {
  co_await stream.write(bytes);
  co_await stream.finish();
  std::array<char, 1000> alert{};
  while (co_await stream.read_some(alert) > 0) {
  }
}

std::vector<std::string> no_client_hellos() {
  std::string endless_record("\x16\x03\x01\xFF\xFF", 5);
  endless_record.resize(70'000, 'x');
  return {"EHLO sender.test\r\n",
          "GET / HTTP/1.1\r\n\r\n",
          std::string(100, '\0'),
          std::string(20'000, '\xFF'),
          endless_record,
          std::string("\x16\x03\x01", 3),
          std::string("\x80\x2e\x01\x00\x02", 5),
          ""};
}

TEST(TlsStream, garbage_instead_of_a_client_hello_ends_the_handshake_with_an_error) {
  for (const std::string& bytes : no_client_hellos()) {
    for (const std::size_t chunk : {std::size_t{1}, SIZE_MAX}) {
      asio::io_context loop;
      Connection connection(loop, server_context(), client_context(), {.chunk = chunk, .capacity = 1 << 20});
      std::string said;
      sisu::test::run_all(loop, fail_handshake(*connection.server, said), write_raw(*connection.below.right, bytes));
      EXPECT_NE(said, "") << "for " << bytes.size() << " bytes";
    }
  }
}

TEST(TlsStream, a_handshake_that_is_cut_after_any_number_of_bytes_ends_on_both_sides) {
  const Context server = server_context();
  for (const int newest : {TLS1_3_VERSION, TLS1_2_VERSION}) {
    const Context client = client_context();
    SSL_CTX_set_max_proto_version(client.get(), newest);
    // Beyond both handshakes; the client's first message alone has more bytes than `always_fails`.
    constexpr std::size_t always_fails = 200;
    for (std::size_t bytes = 0; bytes < 1500; bytes += 7) {
      asio::io_context loop;
      Connection connection(loop, server, client, {.cut_after = bytes});
      std::string at_server;
      std::string at_client;
      sisu::test::run_all(loop, fail_handshake(*connection.server, at_server),
                          fail_handshake(*connection.client, at_client));
      if (bytes > always_fails) continue;
      EXPECT_NE(at_server, "") << bytes;
      EXPECT_NE(at_client, "") << bytes;
    }
  }
}

asio::awaitable<void> expect_truncation(TlsStream& stream, std::string& said) {
  try {
    co_await read_all(stream);
    said = "a clean end";
  } catch (const std::system_error& error) {
    said = error.what();
  }
}

asio::awaitable<void> finish_below(net::ByteStream& below) { co_await below.finish(); }

TEST(TlsStream, an_end_without_close_notify_is_an_error) {
  asio::io_context loop;
  Connection connection(loop, server_context(), client_context());
  sisu::test::run_all(loop, shake_hands(*connection.server), shake_hands(*connection.client));
  std::string said;
  sisu::test::run_all(loop, expect_truncation(*connection.server, said), finish_below(*connection.below.right));
  EXPECT_NE(said.find("unexpected eof"), std::string::npos) << said;
}

asio::awaitable<void> forge(net::ByteStream& below) {
  std::string record("\x17\x03\x03\x00\x20", 5);
  record.resize(5 + 32, 'x');
  co_await below.write(record);
}

asio::awaitable<void> expect_failure_twice(TlsStream& stream, std::string& first, std::string& second) {
  co_await expect_truncation(stream, first);
  co_await expect_truncation(stream, second);
  stream.close();
}

TEST(TlsStream, a_forged_record_is_an_error_and_stays_one) {
  asio::io_context loop;
  Connection connection(loop, server_context(), client_context());
  sisu::test::run_all(loop, shake_hands(*connection.server), shake_hands(*connection.client));
  std::string first;
  std::string second;
  sisu::test::run_all(loop, forge(*connection.below.right), expect_failure_twice(*connection.server, first, second));
  EXPECT_NE(first.find("bad record mac"), std::string::npos) << first;
  EXPECT_EQ(second, first);
}

asio::awaitable<void> expect_write_error(TlsStream& stream, bool& failed) {
  try {
    for (int i = 0; i < 100; ++i) co_await stream.write(pattern(100'000));
  } catch (const std::system_error&) {
    failed = true;
  }
}

asio::awaitable<void> close_it(net::ByteStream& stream) {
  stream.close();
  co_return;
}

TEST(TlsStream, closing_ends_a_waiting_reader_and_a_waiting_writer) {
  asio::io_context loop;
  Connection connection(loop, server_context(), client_context());
  sisu::test::run_all(loop, shake_hands(*connection.server), shake_hands(*connection.client));
  std::string said;
  bool write_failed = false;
  sisu::test::run_all(loop, expect_truncation(*connection.server, said),
                      expect_write_error(*connection.server, write_failed), close_it(*connection.server));
  EXPECT_NE(said, "a clean end");
  EXPECT_TRUE(write_failed);
}

asio::awaitable<void> two_writers(TlsStream& stream, std::string bytes) { co_await stream.write(bytes); }

asio::awaitable<void> read_exactly(TlsStream& stream, std::size_t size, std::string& all) {
  std::vector<char> buffer(10'000);
  while (all.size() < size) all.append(buffer.data(), co_await stream.read_some(buffer));
}

// A key update asks its receiver for one of its own (RFC 8446 4.6.3): reading makes writing necessary, while another
// coroutine may be writing.
TEST(TlsStream, key_updates_in_both_directions_lose_nothing) {
  asio::io_context loop;
  const Context client = client_context();
  static int renewals;
  renewals = 0;
  ::SSL_CTX_set_msg_callback(client.get(), [](int, int, int type, const void*, std::size_t, SSL* ssl, void*) {
    if (type == SSL3_RT_HEADER && ++renewals % 10 == 0 && SSL_is_init_finished(ssl) == 1) {
      ::SSL_key_update(ssl, SSL_KEY_UPDATE_REQUESTED);
    }
  });
  Connection connection(loop, server_context(), client, {.chunk = 5000, .capacity = 30'000});
  sisu::test::run_all(loop, shake_hands(*connection.server), shake_hands(*connection.client));
  const std::string up = pattern(2'000'000);
  const std::string down = pattern(2'000'000);
  std::string at_server;
  std::string at_client;
  sisu::test::run_all(loop, two_writers(*connection.client, up), two_writers(*connection.server, down),
                      read_exactly(*connection.server, up.size(), at_server),
                      read_exactly(*connection.client, down.size(), at_client));
  EXPECT_TRUE(at_server == up);
  EXPECT_TRUE(at_client == down);
  EXPECT_GT(renewals, 100);
}

}  // namespace
}  // namespace sisu::tls
