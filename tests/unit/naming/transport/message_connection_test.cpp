#include "relay/naming/transport/message_connection.hpp"

#include "tests/support/name_server/program.hpp"
#include "tests/support/name_server/scripted_server.hpp"

#include <gtest/gtest.h>

#include <set>

namespace sisu::relay::naming {
namespace {

using std::chrono::milliseconds;
using test::Answers;
using test::ScriptedServer;

Deadline in(milliseconds time) { return std::chrono::steady_clock::now() + time; }

constexpr milliseconds patient{20'000};
constexpr milliseconds quick{100};

MessageConnection connected(const ScriptedServer& server) {
  return MessageConnection::open(server.endpoint(), in(patient)).value();
}

ScriptedServer::Script echo() {
  return [](const Octets& message, ScriptedServer::Transport) { return Answers{message}; };
}

Octets message_with_id(std::uint16_t id, std::size_t size = 12) {
  Octets message(size);
  message[0] = static_cast<std::uint8_t>(id >> 8);
  message[1] = static_cast<std::uint8_t>(id & 0xFF);
  return message;
}

std::string why(const Result<void, TransportError>& outcome) { return outcome ? "" : outcome.error().what; }

TEST(MessageConnection, messages_of_every_size_come_whole) {
  ScriptedServer server(echo());
  auto connection = connected(server);
  for (const std::size_t size : {std::size_t{2}, std::size_t{255}, std::size_t{256}, longest_message}) {
    connection.send(message_with_id(7, size));
    EXPECT_EQ(connection.receive(in(patient)).value(), message_with_id(7, size)) << size;
  }
}

TEST(MessageConnection, nobody_listening_is_told) {
  const auto nobody = test::free_endpoint();
  const auto connection = MessageConnection::open(nobody, in(patient));
  ASSERT_FALSE(connection);
  EXPECT_EQ(connection.error().what, nobody.to_string() + ": connection refused");
}

TEST(MessageConnection, a_server_that_closes_is_told_from_one_that_is_silent) {
  ScriptedServer closing([](const Octets&, ScriptedServer::Transport) { return Answers{}; });
  auto connection = connected(closing);
  connection.send(message_with_id(1));
  EXPECT_NE(connection.receive(in(patient)).error().what.find("closed the connection"), std::string::npos);
  ScriptedServer silent(echo());
  auto waiting = connected(silent);
  EXPECT_NE(waiting.receive(in(quick)).error().what.find("no answer in time"), std::string::npos);
}

TEST(MessageConnection, an_interrupt_ends_waits_now_and_later) {
  ScriptedServer server(echo());
  Interrupt interrupt;
  auto connection = MessageConnection::open(server.endpoint(), in(patient), &interrupt).value();
  interrupt.raise();
  EXPECT_FALSE(connection.receive(in(std::chrono::hours{1})));
  connection.send(message_with_id(1));
  EXPECT_FALSE(connection.receive(in(std::chrono::hours{1})));
}

TEST(Pipeline, a_window_of_requests_is_on_its_way_and_no_more) {
  ScriptedServer server(echo());
  auto connection = connected(server);
  std::size_t under_way = 0, most = 0, answered = 0;
  const Pipeline pipeline{.requests = 200,
                          .window = 10,
                          .patience = patient,
                          .compose =
                              [&](std::size_t, std::uint16_t id) {
                                most = std::max(most, ++under_way);
                                return message_with_id(id, 60'000);
                              },
                          .take =
                              [&](std::size_t, const Octets&) {
                                --under_way;
                                ++answered;
                                return true;
                              }};
  EXPECT_EQ(why(run(connection, pipeline)), "");
  EXPECT_EQ(answered, 200U);
  EXPECT_EQ(most, 10U);
}

TEST(Pipeline, answers_find_their_requests_in_any_order) {
  // Two at a time, the second first.
  ScriptedServer server([held = Octets()](const Octets& message, ScriptedServer::Transport) mutable {
    const auto first = std::exchange(held, held.empty() ? message : Octets());
    return first.empty() ? Answers{message_with_id(0xFFFF, 2)} : Answers{message, first};
  });
  auto connection = connected(server);
  std::vector<std::uint16_t> ids(100);
  std::set<std::size_t> answered;
  const Pipeline pipeline{.requests = 100,
                          .window = 2,
                          .patience = patient,
                          .compose =
                              [&](std::size_t index, std::uint16_t id) {
                                ids[index] = id;
                                return message_with_id(id);
                              },
                          .take =
                              [&](std::size_t index, const Octets& answer) {
                                // Half of a pair is answered by a stray with an id of its own.
                                if (answer.size() == 2) return false;
                                EXPECT_EQ(message_id(answer), ids[index]);
                                answered.insert(index);
                                return true;
                              }};
  EXPECT_EQ(why(run(connection, pipeline)), "");
  EXPECT_EQ(answered.size(), 100U);
}

TEST(Pipeline, requests_that_are_none_are_left_out) {
  ScriptedServer server(echo());
  auto connection = connected(server);
  std::set<std::size_t> answered;
  const Pipeline pipeline{
      .requests = 6,
      .window = 1,
      .patience = patient,
      .compose = [](std::size_t index, std::uint16_t id) { return index % 2 == 0 ? Octets() : message_with_id(id); },
      .take =
          [&](std::size_t index, const Octets&) {
            answered.insert(index);
            return true;
          }};
  EXPECT_EQ(why(run(connection, pipeline)), "");
  EXPECT_EQ(answered, (std::set<std::size_t>{1, 3, 5}));
}

TEST(Pipeline, nothing_to_ask_needs_no_answer) {
  ScriptedServer server(echo());
  auto connection = connected(server);
  EXPECT_EQ(why(run(connection, {.requests = 0, .patience = quick, .compose = {}, .take = {}})), "");
}

}  // namespace
}  // namespace sisu::relay::naming
