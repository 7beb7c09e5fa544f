// Log-in and commands through a whole relay, and the limits on both.
#include "common/net/address_conversion.hpp"
#include "tests/unit/relay/gateway/relay_fixture.hpp"

#include <asio/post.hpp>
#include <asio/redirect_error.hpp>
#include <asio/write.hpp>

#include <array>
#include <future>

namespace sisu::relay::gateway::test {
namespace {

class LoginTest : public RelayTest {};

/// The reason that a refused log-in is told.
asio::awaitable<std::string> refusal(RelayTest& relay, std::string user, ssh::PrivateKey key) {
  try {
    const auto client = co_await relay.log_in(std::move(user), std::move(key));
    co_return "let in";
  } catch (const ssh::LoginError& error) {
    co_return error.what();
  }
}

asio::awaitable<void> knock(RelayTest& relay) {
  const auto first = co_await relay.log_in();
  const std::string other_key = co_await refusal(relay, "niklas", ssh::PrivateKey::generate());
  EXPECT_NE(other_key.find("belongs to another key"), std::string::npos) << other_key;
  EXPECT_NE(other_key.find(relay.user_key.public_key().fingerprint()), std::string::npos) << other_key;
  const std::string other_name = co_await refusal(relay, "otto", relay.user_key);
  EXPECT_NE(other_name.find("niklas"), std::string::npos) << other_name;
  const auto again = co_await relay.log_in();
  EXPECT_TRUE(again->session);
}

TEST_F(LoginTest, the_first_key_is_let_in_and_others_read_why_they_are_not) {
  start_relay();
  run(knock(*this));
  stop_relay();
  EXPECT_EQ(environment->counters.logged_in.value(), 2);
}

asio::awaitable<void> too_many(RelayTest& relay, std::size_t places, const char* reason) {
  std::vector<std::shared_ptr<Client>> clients;
  for (std::size_t i = 0; i < places; ++i) clients.push_back(co_await relay.log_in());
  const std::string refused = co_await refusal(relay, "niklas", relay.user_key);
  EXPECT_NE(refused.find(reason), std::string::npos) << refused;
  clients.front()->session->disconnect("making room");
  co_await relay.until([&] { return relay.environment->usage.sessions.total() < places; });
  const auto next = co_await relay.log_in();
  EXPECT_TRUE(next->session);
}

TEST_F(LoginTest, sessions_of_one_user_are_limited) {
  limits.sessions_per_user = 2;
  start_relay();
  run(too_many(*this, 2, ": not now: you have too many sessions"));
  EXPECT_GE(bitten(LimitName::sessions_per_user), 1);
}

TEST_F(LoginTest, sessions_in_all_are_limited) {
  limits.sessions = 2;
  start_relay();
  run(too_many(*this, 2, ": not now: this relay has too many sessions"));
  EXPECT_GE(bitten(LimitName::sessions), 1);
}

asio::awaitable<tcp::socket> connect_to_ssh(RelayTest& relay) {
  tcp::socket socket(relay.loop);
  co_await socket.async_connect(net::to_asio(relay.ssh_address), asio::use_awaitable);
  co_return socket;
}

asio::awaitable<void> come_three_times(RelayTest& relay) {
  for (int i = 0; i < 2; ++i) (void)co_await relay.log_in();
  auto third = co_await connect_to_ssh(relay);
  std::array<char, 1> byte{};
  asio::error_code closed;
  co_await third.async_read_some(asio::buffer(byte), asio::redirect_error(asio::use_awaitable, closed));
  EXPECT_TRUE(closed) << "closed without a word";
}

TEST_F(LoginTest, new_connections_from_one_source_are_limited_per_minute) {
  limits.ssh_arrivals_per_source = 2;
  start_relay();
  run(come_three_times(*this));
  EXPECT_EQ(bitten(LimitName::ssh_arrivals_per_source), 1);
}

asio::awaitable<void> wait_silently(RelayTest& relay) {
  auto socket = co_await connect_to_ssh(relay);
  co_await read_all(socket);
  co_await relay.until([&] { return relay.environment->usage.unauthenticated.total() == 0; });
}

TEST_F(LoginTest, a_connection_that_does_not_log_in_is_cut_in_time) {
  limits.login_time = 30ms;
  start_relay();
  run(wait_silently(*this));
  EXPECT_EQ(bitten(LimitName::login_time), 1);
}

asio::awaitable<void> crowd(RelayTest& relay, std::size_t places) {
  std::vector<tcp::socket> waiting;
  for (std::size_t i = 0; i < places; ++i) waiting.push_back(co_await connect_to_ssh(relay));
  co_await relay.until([&] { return relay.environment->usage.unauthenticated.total() == places; });
  auto one_more = co_await connect_to_ssh(relay);
  const std::string heard = co_await read_all(one_more);
  EXPECT_EQ(heard, "");
  waiting.clear();
  co_await relay.until([&] { return relay.environment->usage.unauthenticated.total() == 0; });
  const auto client = co_await relay.log_in();
  // A session that is logged in does not count.
  co_await relay.until([&] { return relay.environment->usage.unauthenticated.total() == 0; });
}

TEST_F(LoginTest, connections_before_log_in_are_limited_per_source) {
  limits.unauthenticated_per_source = 3;
  limits.early_drop_start = 100;
  start_relay();
  run(crowd(*this, 3));
  EXPECT_EQ(bitten(LimitName::unauthenticated_per_source), 1);
}

asio::awaitable<void> come_and_go(RelayTest& relay, int times) {
  for (int i = 0; i < times; ++i) {
    auto socket = co_await connect_to_ssh(relay);
    socket.close();
  }
  co_await relay.until([&] { return relay.environment->counters.abandoned.value() == times; });
}

TEST_F(LoginTest, what_comes_to_nothing_is_logged_so_many_times_per_minute_and_source) {
  limits.refusals_logged = 2;
  start_relay();
  run(come_and_go(*this, 5));
  stop_relay();
  EXPECT_EQ(environment->limit_log.count(LimitName::refusals_logged), 3);
}

TEST_F(LoginTest, connections_before_log_in_are_limited_in_all) {
  limits.unauthenticated = 3;
  limits.early_drop_start = 100;
  start_relay();
  run(crowd(*this, 3));
  EXPECT_EQ(bitten(LimitName::unauthenticated), 1);
}

/// Knocks until one was turned away; how many places were taken by then.
asio::awaitable<std::size_t> knock_until_dropped(RelayTest& relay) {
  std::vector<tcp::socket> waiting;
  while (relay.environment->limit_log.count(LimitName::early_drop_start) < 1 && waiting.size() < 500) {
    waiting.push_back(co_await connect_to_ssh(relay));
    co_await pause(1ms);
  }
  co_return relay.environment->usage.unauthenticated.total();
}

asio::awaitable<void> crowd_of_one_source(RelayTest& relay) {
  const std::size_t places = co_await knock_until_dropped(relay);
  EXPECT_GE(places, 50U);
  EXPECT_LT(places, 100U);
  co_await relay.until([&] { return relay.environment->usage.unauthenticated.total() == 0; });
  const auto client = co_await relay.log_in();
  EXPECT_TRUE(client->session);
}

TEST_F(LoginTest, from_half_of_the_places_on_newcomers_are_dropped_at_random) {
  limits.unauthenticated_per_source = 100;
  start_relay();
  run(crowd_of_one_source(*this));
  EXPECT_EQ(environment->limit_log.count(LimitName::unauthenticated_per_source), 0);
}

TEST_F(LoginTest, the_same_holds_for_the_places_in_all) {
  limits.unauthenticated = 100;
  limits.unauthenticated_per_source = 1'000'000;
  start_relay();
  run(crowd_of_one_source(*this));
  EXPECT_EQ(environment->limit_log.count(LimitName::unauthenticated), 0);
}

asio::awaitable<void> no_memory_left(RelayTest& relay) {
  {
    const auto all_of_it = relay.environment->usage.memory.reserve(relay.limits.memory);
    EXPECT_TRUE(all_of_it);
    const std::string refused = co_await refusal(relay, "niklas", relay.user_key);
    EXPECT_NE(refused.find(": not now: this relay is short of memory"), std::string::npos) << refused;
  }
  const auto client = co_await relay.log_in();
  EXPECT_TRUE(client->session);
}

TEST_F(LoginTest, without_memory_nobody_logs_in) {
  start_relay();
  run(no_memory_left(*this));
  EXPECT_GE(bitten(LimitName::memory), 1);
}

asio::awaitable<void> ask_too_much(RelayTest& relay) {
  const auto client = co_await relay.log_in();
  try {
    for (int i = 0; i < 100; ++i) co_await relay.command(*client, "whoami");
  } catch (const std::system_error&) {  // cut
  }
  co_await relay.until([&] { return !client->end.empty(); });
  const auto again = co_await relay.log_in();
  EXPECT_TRUE(again->session);
}

TEST_F(LoginTest, a_client_that_asks_too_much_in_a_minute_is_cut) {
  limits.requests = 60;
  start_relay();
  run(ask_too_much(*this));
  EXPECT_EQ(bitten(LimitName::requests), 1);
}

asio::awaitable<void> garbage(RelayTest& relay) {
  auto socket = co_await connect_to_ssh(relay);
  const std::string bytes = "SSH-2.0-x\r\n" + std::string(200'000, 'x');
  try {
    co_await asio::async_write(socket, asio::buffer(bytes), asio::use_awaitable);
  } catch (const std::system_error&) {  // cut while writing
  }
  co_await read_all(socket);
  co_await relay.until([&] { return relay.environment->usage.unauthenticated.total() == 0; });
}

TEST_F(LoginTest, garbage_ends_the_connection_and_nothing_else) {
  start_relay();
  run(garbage(*this));
  stop_relay();
  EXPECT_EQ(environment->counters.abandoned.value(), 1);
}

asio::awaitable<void> commands(RelayTest& relay) {
  const auto client = co_await relay.log_in();
  const auto who = co_await relay.command(*client, "whoami");
  EXPECT_EQ(who.status, 0);
  EXPECT_NE(who.text.find("niklas"), std::string::npos);
  EXPECT_EQ(who.errors, "");
  const auto unknown = co_await relay.command(*client, "rm -rf /");
  EXPECT_EQ(unknown.status, 2);
  EXPECT_EQ(unknown.text, "");
  EXPECT_NE(unknown.errors.find("no command \"rm\""), std::string::npos);
}

TEST_F(LoginTest, commands_answer_on_their_channel_with_an_exit_status) {
  start_relay();
  run(commands(*this));
}

asio::awaitable<void> many_events(RelayTest& relay, std::size_t places) {
  const auto client = co_await relay.log_in();
  std::vector<std::unique_ptr<ssh::Channel>> open;
  for (std::size_t i = 0; i < places; ++i) open.push_back(co_await client->session->exec("events"));
  bool refused = false;
  try {
    co_await client->session->exec("events");
  } catch (const std::system_error&) {
    refused = true;
  }
  EXPECT_TRUE(refused);
  open.pop_back();  // closing it ends the command, although nothing was ever written
  for (bool freed = false; !freed;) {
    try {
      open.push_back(co_await client->session->exec("events"));
      freed = true;
    } catch (const std::system_error&) {
      freed = false;
    }
    if (!freed) co_await pause(2ms);
  }
}

TEST_F(LoginTest, commands_open_at_once_are_limited_and_a_closed_one_makes_room) {
  limits.command_channels = 3;
  start_relay();
  run(many_events(*this, 3));
  EXPECT_GE(bitten(LimitName::command_channels), 1);
}

asio::awaitable<void> long_command(RelayTest& relay) {
  const auto client = co_await relay.log_in();
  bool refused = false;
  try {
    const auto answer = co_await relay.command(*client, std::string(5000, 'x'));
    refused = answer.status != 0;
  } catch (const std::system_error&) {
    refused = true;
  }
  EXPECT_TRUE(refused);
  const auto who = co_await relay.command(*client, "whoami");
  EXPECT_EQ(who.status, 0);
}

TEST_F(LoginTest, a_command_line_that_is_too_long_is_refused) {
  start_relay();
  run(long_command(*this));
  EXPECT_GE(bitten(LimitName::command_bytes), 1);
}

TEST_F(LoginTest, a_loop_that_hangs_is_noticed) {
  start_relay();
  EXPECT_TRUE(gateway->responds(60s));
  std::promise<void> go_on;
  asio::post(gateway->executor(), [hung = go_on.get_future().share()] { hung.wait(); });
  EXPECT_FALSE(gateway->responds(50ms));
  go_on.set_value();
  EXPECT_TRUE(gateway->responds(60s));
}

}  // namespace
}  // namespace sisu::relay::gateway::test
