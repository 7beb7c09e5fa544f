#include "common/smtp/client_session.hpp"

#include "tests/support/memory_stream.hpp"
#include "tests/unit/smtp/session_fixture.hpp"

#include <gtest/gtest.h>

#include <functional>

namespace sisu::smtp {
namespace {

using namespace std::chrono_literals;

mail::Envelope envelope_to(const std::vector<std::string>& recipients) {
  mail::Envelope envelope;
  envelope.sender = *mail::MailAddress::parse("a@b.example");
  for (const auto& text : recipients) envelope.recipients.emplace_back(*mail::MailAddress::parse(text));
  return envelope;
}

/// What one dialogue of the client came to.
struct Outcome {
  std::vector<Reply> replies;
  SendOutcome sent;
  Extensions extensions;
  std::error_code error;
  bool done = false;
};

using Dialogue = asio::awaitable<void> (*)(ClientSession&, TlsUpgrade&, const mail::Envelope&, const std::string&,
                                           Outcome&);

asio::awaitable<void> greet_and_send(ClientSession& client, TlsUpgrade&, const mail::Envelope& envelope,
                                     const std::string& message, Outcome& outcome) {
  outcome.replies.push_back(co_await client.greeting());
  outcome.replies.push_back(co_await client.hello());
  outcome.sent = co_await client.send(envelope, message);
  outcome.replies.push_back(co_await client.quit());
}

asio::awaitable<void> send_by_tls(ClientSession& client, TlsUpgrade& tls, const mail::Envelope& envelope,
                                  const std::string& message, Outcome& outcome) {
  outcome.replies.push_back(co_await client.greeting());
  outcome.replies.push_back(co_await client.hello());
  outcome.replies.push_back(co_await client.start_tls(tls));
  outcome.extensions = client.extensions();
  outcome.sent = co_await client.send(envelope, message);
}

asio::awaitable<void> record(Dialogue dialogue, ClientSession& client, TlsUpgrade& tls, const mail::Envelope& envelope,
                             const std::string& message, Outcome& outcome) {
  try {
    co_await dialogue(client, tls, envelope, message, outcome);
  } catch (const std::system_error& error) {
    outcome.error = error.code();
  }
  outcome.done = true;
}

/// A client whose server is played by the test.
struct PlayedServer {
  explicit PlayedServer(ClientConfig config = {.hello = "me.example"}, Dialogue dialogue = greet_and_send,
                        mail::Envelope message_envelope = envelope_to({"c@d.example", "e@f.example"}))
      : stream(loop.get_executor()), client(stream, config), envelope(std::move(message_envelope)) {
    asio::co_spawn(loop, record(dialogue, client, tls, envelope, message, outcome), asio::detached);
  }
  ~PlayedServer() {
    stream.reset();
    run();
  }

  /// The server says this; what the client answers.
  std::string say(std::string_view bytes) {
    stream.push(bytes);
    loop.poll();
    return stream.take();
  }
  void run() {
    while (!outcome.done && loop.run_one() > 0) {
    }
  }

  asio::io_context loop;
  test::PlayedStream stream;
  PlainUpgrade tls;
  ClientSession client;
  mail::Envelope envelope;
  std::string message = "A: 1\r\n\r\n.dot\r\n";
  Outcome outcome;
};

constexpr std::string_view pipelining = "250-mail.example\r\n250-PIPELINING\r\n250 SIZE 1000\r\n";

/// A client and a real server session, end to end.
struct Pair {
  explicit Pair(ClientConfig config, Dialogue dialogue, std::string text, bool octet_by_octet = false)
      : message(std::move(text)),
        streams(test::make_memory_streams(loop.get_executor(), {.chunk = octet_by_octet ? 1U : SIZE_MAX})),
        server(*streams.left, ConnectionInfo(), ServerServices{policy, sink, &tls, {}}, Connection::clear_text()),
        client(*streams.right, std::move(config)) {
    asio::co_spawn(loop, server.run(), asio::detached);
    asio::co_spawn(loop, record(dialogue, client, tls, envelope, message, outcome), asio::detached);
    while (!outcome.done && loop.run_one() > 0) {
    }
    streams.right->close();
    loop.poll();
  }

  asio::io_context loop;
  test::FakePolicy policy;
  test::FakeSink sink;
  PlainUpgrade tls;
  mail::Envelope envelope = envelope_to({"c@d.example"});
  std::string message;
  test::MemoryStreams streams;
  ServerSession server;
  ClientSession client;
  Outcome outcome;
};

TEST(ClientSession, what_it_sends_is_what_the_server_stores) {
  std::string large = "A: 1\r\n\r\n";
  for (int i = 0; i < 20'000; ++i) large += i % 7 == 0 ? ".dot\r\n" : "line\r\n";
  for (const std::string& text : {std::string(), std::string("A: 1\r\n\r\n..\r\n.\r\n"), large}) {
    for (const bool chunking : {false, true}) {
      for (const bool octets : {false, true}) {
        if (octets && text.size() > 1000) continue;
        Pair pair({.hello = "me.example", .prefer_chunking = chunking}, greet_and_send, text, octets);
        EXPECT_FALSE(pair.outcome.error) << pair.outcome.error.message();
        EXPECT_EQ(pair.outcome.sent.message.code, 250);
        ASSERT_EQ(pair.sink.stored.size(), 1U);
        EXPECT_TRUE(pair.sink.stored[0].text == text) << "chunking " << chunking;
      }
    }
  }
}

TEST(ClientSession, sends_by_tls_after_a_second_ehlo) {
  Pair pair({.hello = "me.example"}, send_by_tls, "A: 1\r\n");
  EXPECT_FALSE(pair.outcome.error);
  ASSERT_EQ(pair.sink.stored.size(), 1U);
  EXPECT_EQ(pair.policy.connections.at(0).tls->version, "TLSv1.3");
  EXPECT_EQ(pair.client.tls()->version, "TLSv1.3");
  EXPECT_FALSE(pair.outcome.extensions.starttls) << "what the server offered in clear is forgotten";
}

TEST(ClientSession, a_group_is_pipelined_where_it_is_offered) {
  PlayedServer server;
  EXPECT_EQ(server.say("220 mail.example\r\n"), "EHLO me.example\r\n");
  EXPECT_EQ(server.say(pipelining),
            "MAIL FROM:<a@b.example> SIZE=14\r\nRCPT TO:<c@d.example>\r\nRCPT TO:<e@f.example>\r\nDATA\r\n");
  EXPECT_EQ(server.say("250 ok\r\n550 no\r\n250 ok\r\n354 go\r\n"), "A: 1\r\n\r\n..dot\r\n.\r\n");
  EXPECT_EQ(server.say("250 2.0.0 stored\r\n"), "QUIT\r\n");
  server.say("221 bye\r\n");
  ASSERT_TRUE(server.outcome.done);
  EXPECT_EQ(server.outcome.sent.recipients.at(0).code, 550);
  EXPECT_EQ(server.outcome.sent.recipients.at(1).code, 250);
  EXPECT_EQ(server.outcome.sent.message.text, "stored");
  EXPECT_TRUE(server.stream.is_finished());
}

TEST(ClientSession, commands_go_in_turn_where_pipelining_is_not_offered) {
  PlayedServer server;
  server.say("220 mail.example\r\n");
  EXPECT_EQ(server.say("500 what\r\n"), "HELO me.example\r\n");
  EXPECT_EQ(server.say("250 mail.example\r\n"), "MAIL FROM:<a@b.example>\r\n");
  EXPECT_EQ(server.say("250 ok\r\n"), "RCPT TO:<c@d.example>\r\n");
  EXPECT_EQ(server.say("250 ok\r\n"), "RCPT TO:<e@f.example>\r\n");
  EXPECT_EQ(server.say("550 no\r\n"), "DATA\r\n");
  EXPECT_EQ(server.say("354 go\r\n"), "A: 1\r\n\r\n..dot\r\n.\r\n");
  EXPECT_EQ(server.say("250 stored\r\n"), "QUIT\r\n");
}

TEST(ClientSession, without_a_recipient_no_message_is_sent) {
  PlayedServer pipelined;
  pipelined.say("220 mail.example\r\n");
  pipelined.say(pipelining);
  EXPECT_EQ(pipelined.say("250 ok\r\n550 no\r\n550 no\r\n354 go\r\n"), ".\r\n");
  EXPECT_EQ(pipelined.say("554 nobody\r\n"), "QUIT\r\n");
  pipelined.say("221 bye\r\n");
  EXPECT_EQ(pipelined.outcome.sent.message.text, "no");

  PlayedServer in_turn;
  in_turn.say("220 mail.example\r\n");
  EXPECT_TRUE(in_turn.say("250 mail.example\r\n").starts_with("MAIL"));
  EXPECT_EQ(in_turn.say("550 no\r\n"), "QUIT\r\n");
  in_turn.say("221 bye\r\n");
  EXPECT_EQ(in_turn.outcome.sent.message.code, 550);
}

TEST(ClientSession, what_the_server_does_not_take_is_not_sent) {
  const auto code_for = [](std::function<void(mail::Envelope&)> change, std::string_view ehlo) {
    auto envelope = envelope_to({"c@d.example"});
    change(envelope);
    PlayedServer server({.hello = "me.example"}, greet_and_send, envelope);
    server.say("220 mail.example\r\n");
    EXPECT_EQ(server.say(ehlo), "QUIT\r\n");
    server.say("221 bye\r\n");
    return server.outcome.sent.message.enhanced;
  };
  EXPECT_EQ(code_for([](auto& envelope) { envelope.smtputf8 = true; }, pipelining), "5.6.7");
  EXPECT_EQ(code_for([](auto& envelope) { envelope.body = mail::BodyType::binary_mime; }, pipelining), "5.6.3");
  EXPECT_EQ(code_for([](auto&) {}, "250-mail.example\r\n250 SIZE 13\r\n"), "5.3.4");
}

TEST(ClientSession, starttls_injection_replies_behind_starttls_are_not_believed) {
  PlayedServer server({.hello = "me.example"}, send_by_tls);
  server.say("220 mail.example\r\n");
  EXPECT_EQ(server.say("250-mail.example\r\n250 STARTTLS\r\n"), "STARTTLS\r\n");
  EXPECT_EQ(server.say("220 go\r\n250-mail.example\r\n"), "");
  EXPECT_TRUE(server.outcome.done);
  EXPECT_EQ(server.outcome.error, std::errc::bad_message);
  EXPECT_EQ(server.tls.upgrades, 0);
}

TEST(ClientSession, a_server_that_is_none_is_an_error) {
  PlayedServer server;
  server.say("SSH-2.0-OpenSSH_9.2\r\n");
  EXPECT_EQ(server.outcome.error, std::errc::bad_message);
}

TEST(ClientSession, a_server_that_talks_without_end_is_an_error) {
  PlayedServer server({.hello = "me.example", .limits = {.line_octets = 100, .lines = 3}});
  server.say(std::string(101, '2'));
  EXPECT_EQ(server.outcome.error, std::errc::bad_message);
}

TEST(ClientSession, a_server_that_hangs_up_is_an_error) {
  PlayedServer server;
  server.say("220-half a greeting\r\n");
  server.stream.push_end();
  server.loop.poll();
  EXPECT_EQ(server.outcome.error, asio::error::eof);
}

TEST(ClientSession, a_silent_server_is_a_time_out) {
  PlayedServer server({.hello = "me.example", .timeouts = {.command = 1ms}});
  server.run();
  EXPECT_EQ(server.outcome.error, asio::error::timed_out);
}

TEST(ClientSession, a_handshake_that_hangs_is_a_time_out) {
  PlayedServer server({.hello = "me.example", .timeouts = {.tls_handshake = 1ms}}, send_by_tls);
  server.tls.hangs = true;
  server.say("220 mail.example\r\n");
  server.say("250-mail.example\r\n250 STARTTLS\r\n");
  server.say("220 go\r\n");
  server.run();
  EXPECT_EQ(server.outcome.error, asio::error::timed_out);
}

TEST(ClientSession, a_server_that_takes_nothing_is_a_time_out) {
  PlayedServer server({.hello = "me.example", .timeouts = {.command = 1ms}});
  server.stream.write_budget = 3;
  server.say("220 mail.example\r\n");
  server.run();
  EXPECT_EQ(server.outcome.error, asio::error::timed_out);
}

}  // namespace
}  // namespace sisu::smtp
