// Reception and LocalListener with real sockets and real TLS; only the Maildir is played.
#include "client/inbound/reception.hpp"

#include "client/inbound/local_listener.hpp"
#include "client/inbound/own_addresses.hpp"
#include "client/inbound/tls_upgrader.hpp"
#include "common/net/address_conversion.hpp"
#include "common/net/tcp_stream.hpp"
#include "tests/support/run_coroutine.hpp"
#include "tests/support/smtp_fakes.hpp"
#include "tests/unit/client/smtp_talk.hpp"

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/use_awaitable.hpp>
#include <gtest/gtest.h>

namespace sisu::client {
namespace {

using asio::ip::tcp;
using test::SmtpTalk;
using namespace std::chrono_literals;
using Preface = ListenerInfo::Preface;

tls::Context server_context() {
  const auto key = tls::PrivateKey::generate_p256();
  return tls::make_server_context(tls::CertificateChain::self_signed(key, "niklas.v6.test", std::chrono::days(9)), key)
      .value();
}

class ReceptionTest : public ::testing::Test {
 public:  // coroutines of the tests are free functions
  void start(Preface preface = Preface::none, Endpoint address = *Endpoint::parse("127.0.0.1:0")) {
    options.host = "niklas.v6.test";
    options.network = Network::development;
    options.smtp_timeouts.linger = 50ms;
    reception = std::make_unique<Reception>(loop.get_executor(), options, addresses, sink, tls, log::Logger());
    listener = std::make_unique<LocalListener>(LocalListener::open(loop.get_executor(), address, preface).value());
    asio::co_spawn(loop, listener->serve(*reception, log::Logger()), asio::detached);
  }

  ~ReceptionTest() override {
    if (!reception) return;
    listener->close();
    reception->abort();
    sisu::test::run_all(loop, reception->join());
  }

  asio::awaitable<std::unique_ptr<net::TcpStream>> connect() {
    tcp::socket socket(loop);
    co_await socket.async_connect(net::to_asio(listener->info().address), asio::use_awaitable);
    co_return std::make_unique<net::TcpStream>(std::move(socket));
  }

  void run(asio::awaitable<void> body) { sisu::test::run_all(loop, std::move(body)); }

  asio::io_context loop;
  ReceptionOptions options;
  OwnAddresses addresses{mail::Username::parse("niklas").value(), mail::DomainName::parse("test").value()};
  sisu::test::FakeSink sink;
  TlsUpgrader tls{server_context()};
  std::unique_ptr<Reception> reception;
  std::unique_ptr<LocalListener> listener;
};

asio::awaitable<void> expect_reply(asio::awaitable<std::string> reply, std::string start) {
  const std::string text = co_await std::move(reply);
  EXPECT_TRUE(text.starts_with(start)) << "expected " << start << ", got " << text;
}

asio::awaitable<void> send_message(SmtpTalk& talk) {
  co_await expect_reply(talk.say("EHLO sender.test"), "250");
  co_await talk.begin_tls();
  co_await expect_reply(talk.say("EHLO sender.test"), "250");
  co_await expect_reply(talk.say("MAIL FROM:<a@sender.test>"), "250");
  co_await expect_reply(talk.say("RCPT TO:<Hello@Niklas.Test>"), "250");
  co_await expect_reply(talk.say("DATA"), "354");
  co_await expect_reply(talk.say("Subject: x\r\nSisumail-Tier: 1\r\n\r\nbody\r\n."), "250 2.0.0 stored");
}

asio::awaitable<void> deliver_locally(ReceptionTest& test) {
  const auto stream = co_await test.connect();
  SmtpTalk talk(*stream);
  co_await expect_reply(talk.reply(), "220 niklas.v6.test ESMTP Sisumail");
  co_await send_message(talk);
  co_await expect_reply(talk.say("QUIT"), "221");
}

TEST_F(ReceptionTest, a_message_to_a_local_port_is_stored_with_the_label_local) {
  start();
  run(deliver_locally(*this));
  ASSERT_EQ(sink.stored.size(), 1U);
  const std::string& text = sink.stored.front().text;
  EXPECT_NE(text.find("\r\nSisumail-Tier: local\r\n"), std::string::npos) << text;
  EXPECT_EQ(text.find("Sisumail-Tier: 1"), std::string::npos) << text;
  EXPECT_NE(text.find("\r\nSisumail-TLS: TLSv1.3 "), std::string::npos) << text;
  EXPECT_NE(text.find("\r\nDelivered-To: Hello@niklas.test\r\n"), std::string::npos) << text;
  EXPECT_TRUE(text.ends_with("Subject: x\r\n\r\nbody\r\n")) << text;
}

asio::awaitable<void> be_refused(ReceptionTest& test) {
  const auto stream = co_await test.connect();
  SmtpTalk talk(*stream);
  co_await talk.reply();
  co_await expect_reply(talk.say("EHLO sender.test"), "250");
  co_await expect_reply(talk.say("MAIL FROM:<a@sender.test>"), "530 5.7.0");
  co_await talk.begin_tls();
  co_await expect_reply(talk.say("EHLO sender.test"), "250");
  co_await expect_reply(talk.say("MAIL FROM:<a@sender.test>"), "250");
  co_await expect_reply(talk.say("RCPT TO:<hello@other.test>"), "550 5.7.1");
  co_await expect_reply(talk.say("RCPT TO:<postmaster>"), "250");
}

TEST_F(ReceptionTest, mail_before_starttls_and_for_others_is_refused) {
  start();
  run(be_refused(*this));
  EXPECT_TRUE(sink.stored.empty());
}

asio::awaitable<void> deliver_behind_a_proxy(ReceptionTest& test, std::string preface) {
  const auto stream = co_await test.connect();
  co_await stream->write(preface);
  SmtpTalk talk(*stream);
  co_await expect_reply(talk.reply(), "220");
  co_await send_message(talk);
}

TEST_F(ReceptionTest, behind_a_proxy_the_sender_is_the_one_that_the_header_names) {
  start(Preface::proxy_v2);
  const proto::Preface preface{*Endpoint::parse("192.0.2.1:40000"), *Endpoint::parse("192.0.2.7:25"),
                               ConnectionId::random(), proto::AcceptedTime(1700000000123ms)};
  run(deliver_behind_a_proxy(*this, proto::format_preface(preface)));
  ASSERT_EQ(sink.stored.size(), 1U);
  const std::string& text = sink.stored.front().text;
  EXPECT_NE(text.find("\r\nSisumail-Tier: local\r\n"), std::string::npos) << "never 1 on a local port: " << text;
  EXPECT_NE(text.find("\r\nSisumail-Sender: [192.0.2.1]:40000\r\n"), std::string::npos) << text;
  EXPECT_NE(text.find("\r\nSisumail-Connection-Id: " + preface.connection_id.to_string() + "\r\n"), std::string::npos);
}

asio::awaitable<void> expect_hang_up(ReceptionTest& test, std::string bytes) {
  const auto stream = co_await test.connect();
  co_await stream->write(bytes);
  std::array<char, 100> buffer{};
  std::size_t count = 0;
  try {
    count = co_await stream->read_some(buffer);
  } catch (const std::system_error&) {
    // A reset is as good.
  }
  EXPECT_EQ(count, 0U) << std::string(buffer.data(), count);
}

TEST_F(ReceptionTest, behind_a_proxy_a_connection_without_a_header_is_closed_without_a_word) {
  start(Preface::proxy_v2);
  run(expect_hang_up(*this, "EHLO sender.test\r\n"));
  EXPECT_EQ(reception->connections(), 0U);
}

TEST_F(ReceptionTest, behind_a_proxy_a_header_that_never_ends_is_given_up) {
  options.limits.preface = 20ms;
  start(Preface::proxy_v2);
  run(expect_hang_up(*this, std::string("\x0D\x0A\x0D\x0A\x00", 5)));
}

asio::awaitable<void> fill_up(ReceptionTest& test, std::size_t places) {
  std::vector<std::unique_ptr<net::TcpStream>> streams;
  for (std::size_t i = 0; i < places; ++i) {
    streams.push_back(co_await test.connect());
    SmtpTalk talk(*streams.back());
    co_await expect_reply(talk.reply(), "220");
  }
  EXPECT_EQ(test.reception->connections(), places);
  const auto refused = co_await test.connect();
  SmtpTalk talk(*refused);
  co_await expect_reply(talk.reply(), "421 4.3.2");
  const std::string end = co_await talk.reply();
  EXPECT_EQ(end, "");
  SmtpTalk first(*streams.front());
  co_await expect_reply(first.say("QUIT"), "221");
  streams.front()->close();
}

asio::awaitable<void> expect_greeting(ReceptionTest& test) {
  const auto stream = co_await test.connect();
  SmtpTalk talk(*stream);
  co_await expect_reply(talk.reply(), "220");
}

asio::awaitable<void> wait_for_room(ReceptionTest& test, std::size_t places) {
  asio::steady_timer timer(test.loop);
  while (test.reception->connections() >= places) {
    timer.expires_after(1ms);
    co_await timer.async_wait(asio::use_awaitable);
  }
}

TEST_F(ReceptionTest, one_connection_too_many_on_a_listener_gets_421_until_another_has_ended) {
  options.limits.listener_connections = 3;
  start();
  run(fill_up(*this, 3));
  run(wait_for_room(*this, 3));
  run(expect_greeting(*this));
}

TEST_F(ReceptionTest, one_connection_too_many_in_all_gets_421) {
  options.limits.connections = 2;
  start();
  run(fill_up(*this, 2));
}

asio::awaitable<void> begin_transaction(SmtpTalk& talk) {
  co_await talk.reply();
  co_await talk.say("EHLO sender.test");
  co_await talk.begin_tls();
  co_await talk.say("EHLO sender.test");
  co_await expect_reply(talk.say("MAIL FROM:<a@sender.test>"), "250");
}

asio::awaitable<void> end_transaction(SmtpTalk& talk) {
  co_await expect_reply(talk.say("RCPT TO:<x@niklas.test>"), "250");
  co_await expect_reply(talk.say("DATA"), "354");
  co_await expect_reply(talk.say("x\r\n."), "250 2.0.0 stored");
  co_await expect_reply(talk.reply(), "421 4.3.2");
}

asio::awaitable<void> be_turned_away(ReceptionTest& test) {
  const auto late = co_await test.connect();
  SmtpTalk talk(*late);
  co_await expect_reply(talk.reply(), "421 4.3.2");
}

asio::awaitable<void> expect_stop(ReceptionTest& test) {
  const auto idle = co_await test.connect();
  SmtpTalk idle_talk(*idle);
  co_await idle_talk.reply();
  const auto busy = co_await test.connect();
  SmtpTalk busy_talk(*busy);
  co_await begin_transaction(busy_talk);

  test.reception->stop();
  co_await expect_reply(idle_talk.reply(), "421 4.3.2");
  idle->close();
  co_await end_transaction(busy_talk);
  busy->close();
  co_await be_turned_away(test);
  co_await test.reception->join();
}

TEST_F(ReceptionTest, a_stop_ends_idle_connections_and_lets_a_running_transaction_end) {
  start();
  run(expect_stop(*this));
  EXPECT_EQ(sink.stored.size(), 1U);
  EXPECT_EQ(reception->connections(), 0U);
}

}  // namespace
}  // namespace sisu::client
