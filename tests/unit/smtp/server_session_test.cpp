#include "common/smtp/server_session.hpp"

#include "tests/unit/smtp/session_fixture.hpp"

#include <gtest/gtest.h>

namespace sisu::smtp {
namespace {

using namespace std::chrono_literals;

const std::string hello = "HELO mx.example\r\n";
const std::string envelope = "MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\n";
const std::string begun = hello + envelope + "DATA\r\n";

/// Time-outs that do not matter to the test are long; those that do are milliseconds.
ServerConfig with_timeouts(void (*set)(ServerTimeouts&)) {
  auto config = Connection::clear_text();
  set(config.timeouts);
  return config;
}

std::string last_line(const std::string& text) {
  const std::size_t end = text.rfind("\r\n", text.size() - 3);
  return end == text.npos ? text : text.substr(end + 2);
}

TEST(ServerSession, a_message_reaches_the_sink_byte_for_byte) {
  Connection connection;
  EXPECT_EQ(connection.say(""), "220 mail.example ESMTP Sisumail\r\n");
  connection.say(begun);
  EXPECT_EQ(connection.say("Subject: x\r\n\r\n..dot\r\n.\r\n"), "250 2.0.0 stored\r\n");
  ASSERT_EQ(connection.sink.stored.size(), 1U);
  EXPECT_EQ(connection.sink.stored[0].text, "Subject: x\r\n\r\n.dot\r\n");
  EXPECT_EQ(connection.sink.stored[0].envelope.recipients.size(), 1U);
}

TEST(ServerSession, policy_sees_the_hello_and_tls_of_the_connection) {
  Connection connection;
  connection.say("EHLO before.example\r\nSTARTTLS\r\n");
  connection.say("EHLO after.example\r\nMAIL FROM:<>\r\n");
  ASSERT_EQ(connection.policy.connections.size(), 1U);
  EXPECT_EQ(connection.policy.connections[0].hello, "after.example");
  EXPECT_TRUE(connection.policy.connections[0].extended);
  ASSERT_TRUE(connection.policy.connections[0].tls);
  EXPECT_EQ(connection.policy.connections[0].tls->version, "TLSv1.3");
}

TEST(ServerSession, every_message_has_its_own_delivery_id) {
  Connection connection;
  for (int i = 0; i < 2; ++i) connection.say(begun + ".\r\n");
  ASSERT_EQ(connection.sink.stored.size(), 2U);
  EXPECT_NE(connection.sink.stored[0].delivery, connection.sink.stored[1].delivery);
}

TEST(ServerSession, replies_to_pipelined_commands_leave_in_one_write) {
  Connection connection;
  connection.say(hello);
  connection.peer.writes = 0;
  connection.say(envelope + "NOOP\r\nNOOP\r\n");
  EXPECT_EQ(connection.peer.writes, 1);
}

TEST(ServerSession, starttls_injection_commands_behind_starttls_end_the_connection) {
  Connection connection;
  connection.say("EHLO mx.example\r\n");
  const auto heard = connection.say("STARTTLS\r\nMAIL FROM:<a@b.example>\r\n");
  EXPECT_EQ(heard, "554 5.5.1 commands behind STARTTLS; closing connection\r\n");
  EXPECT_TRUE(connection.peer.is_finished());
  EXPECT_EQ(connection.tls.upgrades, 0);
}

TEST(ServerSession, a_failed_handshake_ends_the_connection_without_a_word) {
  Connection connection;
  connection.tls.fails = true;
  EXPECT_TRUE(connection.say("EHLO mx.example\r\nSTARTTLS\r\n").ends_with("220 2.0.0 begin TLS\r\n"));
  EXPECT_TRUE(connection.done);
  EXPECT_TRUE(connection.peer.is_closed());
}

TEST(ServerSession, a_handshake_that_hangs_is_cut) {
  Connection connection(with_timeouts([](ServerTimeouts& limits) { limits.tls_handshake = 1ms; }));
  connection.tls.hangs = true;
  connection.say("EHLO mx.example\r\nSTARTTLS\r\n");
  EXPECT_FALSE(connection.done);
  connection.run();
  EXPECT_TRUE(connection.peer.is_closed());
}

// Time limits. Each test waits for the session to end by itself.

TEST(ServerSession, silence_is_answered_with_421) {
  Connection connection(with_timeouts([](ServerTimeouts& limits) { limits.command = limits.linger = 1ms; }));
  connection.run();
  EXPECT_EQ(connection.peer.take(), "220 mail.example ESMTP Sisumail\r\n421 4.4.2 timed out; closing connection\r\n");
  EXPECT_TRUE(connection.peer.is_finished());
}

TEST(ServerSession, no_mail_in_time_is_answered_with_421) {
  Connection connection(with_timeouts([](ServerTimeouts& limits) { limits.first_mail = limits.linger = 1ms; }));
  const std::string said = connection.say("NOOP\r\n");  // the limit may already be over in it
  connection.run();
  EXPECT_EQ(last_line(said + connection.peer.take()), "421 4.4.2 timed out; closing connection\r\n");
}

TEST(ServerSession, the_limit_for_a_first_mail_ends_with_the_mail) {
  Connection connection(with_timeouts([](ServerTimeouts& limits) { limits.first_mail = 1h; }));
  connection.say(hello + "MAIL FROM:<>\r\nRSET\r\n");
  EXPECT_FALSE(connection.done);
}

TEST(ServerSession, a_stalled_message_is_cut_and_aborted) {
  Connection connection(with_timeouts([](ServerTimeouts& limits) { limits.data_progress = limits.linger = 1ms; }));
  const std::string said = connection.say(begun + "Subject: half\r\n");
  connection.run();
  EXPECT_EQ(last_line(said + connection.peer.take()), "421 4.4.2 timed out; closing connection\r\n");
  EXPECT_EQ(connection.sink.aborted, 1);
}

TEST(ServerSession, a_message_that_takes_too_long_in_all_is_cut) {
  Connection connection(with_timeouts([](ServerTimeouts& limits) { limits.message = limits.linger = 1ms; }));
  const std::string said = connection.say(begun);
  connection.run();
  EXPECT_EQ(last_line(said + connection.peer.take()), "421 4.4.2 timed out; closing connection\r\n");
  EXPECT_EQ(connection.sink.aborted, 1);
}

TEST(ServerSession, a_peer_that_takes_no_replies_is_cut) {
  Connection connection(with_timeouts([](ServerTimeouts& limits) { limits.write = 1ms; }));
  connection.say("");
  connection.peer.write_budget = 10;
  connection.say("NOOP\r\n");
  connection.run();
  EXPECT_TRUE(connection.peer.is_closed());
}

TEST(ServerSession, a_peer_that_does_not_hang_up_after_quit_is_cut) {
  Connection connection(with_timeouts([](ServerTimeouts& limits) { limits.linger = 1ms; }));
  EXPECT_EQ(last_line(connection.say("QUIT\r\n")), "221 2.0.0 mail.example closing connection\r\n");
  EXPECT_TRUE(connection.peer.is_finished());
  connection.say("octets nobody reads");
  connection.run();
  EXPECT_TRUE(connection.peer.is_closed());
}

TEST(ServerSession, a_peer_that_neither_reads_nor_hangs_up_at_a_time_out_is_cut) {
  Connection connection(with_timeouts([](ServerTimeouts& limits) { limits.command = limits.linger = 1ms; }));
  connection.peer.write_budget = 40;  // the greeting and a part of the 421
  connection.run();
  EXPECT_TRUE(connection.peer.is_closed());
}

// The end of a connection.

TEST(ServerSession, quit_ends_when_the_peer_hangs_up) {
  Connection connection;
  connection.say("QUIT\r\n");
  EXPECT_FALSE(connection.done);
  connection.peer.push_end();
  connection.loop.poll();
  EXPECT_TRUE(connection.done);
}

TEST(ServerSession, a_peer_that_hangs_up_in_a_message_leaves_nothing) {
  Connection connection;
  connection.say(begun + "half a message\r\n");
  EXPECT_EQ(connection.sink.open, 1);
  connection.peer.push_end();
  connection.loop.poll();
  EXPECT_TRUE(connection.done);
  EXPECT_EQ(connection.sink.aborted, 1);
}

TEST(ServerSession, cancellation_leaves_nothing) {
  Connection connection;
  connection.say(begun + "half a message\r\n");
  connection.cancel.emit(asio::cancellation_type::terminal);
  connection.loop.poll();
  EXPECT_TRUE(connection.done);
  EXPECT_EQ(connection.sink.aborted, 1);
}

TEST(ServerSession, cancellation_while_a_farewell_is_stuck_leaves_nothing) {
  Connection connection(with_timeouts([](ServerTimeouts& limits) { limits.command = 1ms; }));
  connection.say("");
  connection.peer.write_budget = 3;
  while (connection.peer.take().empty()) connection.loop.run_one();
  EXPECT_FALSE(connection.done);
  connection.cancel.emit(asio::cancellation_type::terminal);
  connection.loop.poll();
  EXPECT_TRUE(connection.done);
}

TEST(ServerSession, a_write_that_fails_ends_the_connection) {
  Connection connection;
  connection.say("");
  connection.peer.write_budget = 5;
  connection.peer.fail_after_budget = true;
  connection.say("NOOP\r\n");
  EXPECT_TRUE(connection.done);
}

// stop()

TEST(ServerSession, stop_without_a_transaction_says_421_at_once) {
  Connection connection;
  connection.say(hello);
  connection.session.stop();
  connection.session.stop();
  EXPECT_EQ(connection.say(""), "421 4.3.2 server is stopping; try again later\r\n");
  EXPECT_TRUE(connection.peer.is_finished());
  connection.peer.push_end();
  connection.loop.poll();
  EXPECT_TRUE(connection.done);
}

TEST(ServerSession, stop_lets_a_running_message_end) {
  Connection connection;
  connection.say(begun + "half a message\r\n");
  connection.session.stop();
  EXPECT_EQ(connection.say(""), "");
  EXPECT_EQ(connection.say("the rest\r\n.\r\n"),
            "250 2.0.0 stored\r\n421 4.3.2 server is stopping; try again later\r\n");
  EXPECT_EQ(connection.sink.stored.size(), 1U);
}

TEST(ServerSession, stop_waits_for_a_transaction_only_so_long) {
  Connection connection(with_timeouts([](ServerTimeouts& limits) { limits.stop_grace = limits.linger = 1ms; }));
  connection.say(begun + "half a message\r\n");
  connection.session.stop();
  connection.run();
  EXPECT_EQ(connection.peer.take(), "421 4.3.2 server is stopping; try again later\r\n");
  EXPECT_EQ(connection.sink.aborted, 1);
}

TEST(ServerSession, stop_before_run_says_421_after_the_greeting) {
  Connection connection;
  connection.session.stop();
  EXPECT_EQ(last_line(connection.say("")), "421 4.3.2 server is stopping; try again later\r\n");
}

// Errors on this side.

TEST(ServerSession, a_policy_that_throws_is_answered_with_421) {
  Connection connection;
  connection.policy.throws = true;
  EXPECT_EQ(last_line(connection.say(begun)), "421 4.3.0 error on this side; try again later\r\n");
  EXPECT_TRUE(connection.peer.is_finished());
}

TEST(ServerSession, a_sink_that_throws_is_answered_with_421_and_leaves_nothing) {
  for (const bool at_commit : {false, true}) {
    Connection connection;
    connection.sink.throw_in_write = !at_commit;
    connection.sink.throw_in_commit = at_commit;
    connection.say(begun);
    EXPECT_EQ(connection.say("octets\r\n.\r\n"), "421 4.3.0 error on this side; try again later\r\n");
    EXPECT_TRUE(connection.sink.stored.empty());
    EXPECT_EQ(connection.sink.open, 0);
  }
}

TEST(ServerSession, a_write_that_fails_midway_is_answered_at_the_end_of_the_message) {
  Connection connection;
  connection.sink.fail_write = Reply{452, "4.3.1", "disk full"};
  connection.sink.fail_write_after = 10;
  connection.say(begun);
  EXPECT_EQ(connection.say("ten octets more than ten\r\n"), "");
  EXPECT_EQ(connection.sink.open, 0) << "the space is given back at once";
  EXPECT_EQ(connection.say("QUIT\r\n.\r\n"), "452 4.3.1 disk full\r\n");
  EXPECT_EQ(connection.say("NOOP\r\n"), "250 2.0.0 ok\r\n");
}

}  // namespace
}  // namespace sisu::smtp
