// Lines that are none, and each of ServiceLimits reached.
#include "tests/unit/naming/service/service_fixture.hpp"

#include <future>

namespace sisu::relay::naming {
namespace {

TEST_F(ServiceTest, first_comes_hello_with_our_zone_and_version) {
  start();
  const std::pair<messages::Request, std::string> wrong[] = {
      {Watch{"u"}, "the first line must be hello"},
      {Hello{.version = 2, .zone = "example.org."}, "version 2 is not spoken here"},
      {Hello{.zone = "example.com."}, "the zone here is example.org., not example.com."},
      {Hello{.zone = "example.org"}, "the zone here is example.org., not example.org:"},
  };
  for (const auto& [line, why] : wrong) {
    LinePeer peer(setup.socket);
    peer.send(line);
    EXPECT_EQ(peer.expect<Problem>().what.substr(0, why.size()), why);
    peer.expect_end();
  }
  const auto peer = connect();
  peer->send(Hello{.zone = "example.org."});
  EXPECT_EQ(peer->expect<Problem>().what, "a second hello");
  peer->expect_end();
}

TEST_F(ServiceTest, who_does_not_name_the_zone_may_ask_and_watch_but_not_declare) {
  start();
  LinePeer peer(setup.socket);
  peer.send(Hello{});
  EXPECT_EQ(peer.expect<ServiceHello>().zone, "example.org.");
  peer.send(Watch{"u"});
  peer.expect<State>();
  peer.send(Ask{Ask::What::diff});
  peer.expect<Done>();
  peer.send(user_set("u"));
  EXPECT_EQ(peer.expect<Problem>().what, "whoever declares owners must name the zone in hello");
  peer.expect_end();
}

TEST_F(ServiceTest, a_peer_that_says_nothing_is_cut) {
  setup.limits.hello_time = 20ms;
  start();
  LinePeer peer(setup.socket);
  EXPECT_EQ(peer.expect<Problem>().what, "no hello came in time");
  peer.expect_end();
  EXPECT_EQ(refused("hello-time"), 1U);
}

TEST_F(ServiceTest, a_line_that_is_too_long_ends_the_connection) {
  start();
  for (const std::string& end : {std::string("\n"), std::string()}) {
    const auto peer = connect();
    peer->send_text(std::string(messages::line_limit + 1, ' ') + end);
    EXPECT_EQ(peer->expect<Problem>().what, "the line is longer than 262144 bytes");
    peer->expect_end();
  }
  EXPECT_EQ(refused("line"), 2U);
}

TEST_F(ServiceTest, a_line_that_is_no_object_ends_the_connection_and_an_unknown_one_does_not) {
  start();
  const auto peer = connect();
  peer->send_text("{\"new\":{}}\n{\"watch\":{}}\n");
  EXPECT_EQ(peer->expect<Problem>().what, "lines of the kind \"new\" are not known here");
  EXPECT_EQ(peer->expect<Problem>().what, "watch.owner is missing, of another type, or beyond its limit");
  peer->send_text("HELO\n");
  EXPECT_EQ(peer->expect<Problem>().what, "the line is not a JSON object");
  peer->expect_end();
}

TEST_F(ServiceTest, connections_have_a_limit) {
  setup.limits.connections = 2;
  start();
  const auto first = connect(), second = connect();
  first->expect<ServiceHello>();
  second->expect<ServiceHello>();
  LinePeer third(setup.socket);
  EXPECT_NE(third.expect<Problem>().what.find("too many connections"), std::string::npos);
  third.expect_end();
  EXPECT_EQ(refused("connections"), 1U);
}

TEST_F(ServiceTest, owners_of_a_connection_have_a_limit) {
  setup.limits.owners = 1;
  start();
  const auto peer = connect();
  peer->send(user_set("u"));
  expect_live(*peer, "u");
  peer->send(user_set("v"));
  EXPECT_EQ(expect_state_of(*peer, "v").problem, "refused: too many owners on one connection");
  EXPECT_EQ(refused("owners"), 1U);
}

TEST_F(ServiceTest, questions_that_wait_have_a_limit) {
  setup.limits.questions = 0;
  start();
  const auto peer = connect();
  peer->send(Ask{Ask::What::check});
  EXPECT_EQ(peer->expect<Done>().problem, "too many questions wait for an answer: ask later");
  EXPECT_EQ(refused("questions"), 1U);
}

TEST_F(ServiceTest, a_peer_that_does_not_read_is_cut) {
  setup.limits.write_time = 50ms;
  for (int i = 0; i < 9'000; ++i)
    provider.zone.insert(record("u.example.org. 60 TXT \"" + std::string(200, 'x') + std::to_string(i) + '"'));
  start();
  const auto peer = connect();
  peer->send(user_set("u"));
  expect_live(*peer, "u");
  peer->send(Ask{Ask::What::diff});
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  while (std::chrono::steady_clock::now() < deadline) {
    std::promise<std::uint64_t> count;
    asio::post(*loop, [&] { count.set_value(service->refused("write")); });
    if (count.get_future().get() > 0) break;
  }
  EXPECT_EQ(refused("write"), 1U);
}

TEST_F(ServiceTest, lines_of_a_flood_are_not_read_while_their_answers_wait) {
  setup.limits.unsent_answers = 1;
  start();
  const auto peer = connect();
  std::string flood;
  for (int i = 0; i < 20'000; ++i) flood += "{\"new\":{}}\n";
  std::thread writer([&] { peer->send_text(flood); });
  for (int i = 0; i < 20'000; ++i) peer->expect<Problem>();
  writer.join();
  EXPECT_EQ(refused("line"), 20'000U);
}

TEST(RefusalLog, counts_everything_and_writes_a_line_a_minute) {
  std::chrono::steady_clock::time_point now{};
  RefusalLog refusals(log::Logger(), [&] { return now; });
  for (int i = 0; i < 5; ++i) refusals.refuse("line", "x");
  refusals.refuse("peer", "y");
  EXPECT_EQ(refusals.count("line"), 5U);
  EXPECT_EQ(refusals.count("peer"), 1U);
  EXPECT_EQ(refusals.count("other"), 0U);
}

}  // namespace
}  // namespace sisu::relay::naming
