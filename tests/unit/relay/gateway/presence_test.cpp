// Presence through a whole relay: the kernel accepts senders exactly while a client asks for deliveries and answers.
#include "common/net/address_conversion.hpp"
#include "tests/unit/relay/gateway/relay_fixture.hpp"

#include <asio/read.hpp>
#include <asio/write.hpp>
#include <nlohmann/json.hpp>

namespace sisu::relay::gateway::test {
namespace {

class PresenceTest : public RelayTest {};

asio::awaitable<void> come_and_go(RelayTest& relay) {
  bool refused = co_await relay.refuses_senders();
  EXPECT_TRUE(refused) << "before any log-in";
  auto client = co_await relay.log_in();
  const auto who = co_await relay.command(*client, "whoami");
  EXPECT_EQ(who.status, 0);
  refused = co_await relay.refuses_senders();
  EXPECT_TRUE(refused) << "a session that only runs commands";
  co_await client->session->request_forward("smtp-delivery", 25);
  refused = co_await relay.refuses_senders();
  EXPECT_FALSE(refused);
  co_await client->session->cancel_forward("smtp-delivery", 25);
  refused = co_await relay.refuses_senders();
  EXPECT_TRUE(refused) << "after cancel-tcpip-forward";
  co_await client->session->request_forward("smtp-raw", 25);
  refused = co_await relay.refuses_senders();
  EXPECT_FALSE(refused);
}

TEST_F(PresenceTest, it_begins_with_the_request_and_ends_when_that_is_cancelled) {
  start_relay();
  run(come_and_go(*this));
}

asio::awaitable<bool> granted(Client& client, std::string address, std::uint16_t port) {
  try {
    co_await client.session->request_forward(std::move(address), port);
    co_return true;
  } catch (const std::system_error&) {
    co_return false;
  }
}

asio::awaitable<void> ask_for_others(RelayTest& relay) {
  const auto client = co_await relay.log_in();
  for (const char* address : {"", "localhost", "0.0.0.0", "smtp", "SMTP-RAW"}) {
    const bool got = co_await granted(*client, address, 25);
    EXPECT_FALSE(got) << address;
  }
  bool got = co_await granted(*client, "smtp-delivery", 2525);
  EXPECT_FALSE(got);
  got = co_await granted(*client, "smtp-delivery", 25);
  EXPECT_TRUE(got);
  got = co_await granted(*client, "smtp-delivery", 25);
  EXPECT_FALSE(got) << "the same a second time";
  got = co_await granted(*client, "smtp-raw", 25);
  EXPECT_FALSE(got) << "both kinds in one session";
}

TEST_F(PresenceTest, only_one_of_the_two_names_is_granted) {
  start_relay();
  run(ask_for_others(*this));
}

asio::awaitable<void> status(RelayTest& relay) {
  const auto client = co_await relay.present();
  const auto other = co_await relay.log_in();
  const auto answer = co_await relay.command(*other, "status --json");
  const auto json = nlohmann::json::parse(answer.text);
  EXPECT_EQ(json["presence"], "present");
  EXPECT_EQ(json["forward"], "smtp-delivery");
  EXPECT_EQ(json["sessions"], 2);
}

TEST_F(PresenceTest, status_tells_it_to_every_session_of_the_user) {
  start_relay();
  run(status(*this));
}

asio::awaitable<void> take_over(RelayTest& relay) {
  auto old = co_await relay.present("smtp-raw");
  const auto events = co_await old->session->exec("events --json");
  auto sender = co_await relay.connect();
  auto running = co_await old->session->accept_forwarded();
  const auto newer = co_await relay.present("smtp-raw");
  const std::string line = co_await read_all(*events);
  EXPECT_EQ(nlohmann::json::parse(line)["event"], "replaced");

  auto second_sender = co_await relay.connect();
  const auto second = co_await newer->session->accept_forwarded();
  EXPECT_EQ(second.originator, net::from_asio(second_sender.local_endpoint()));

  // What the old session had begun goes on.
  EXPECT_EQ(old->end, "");
  co_await running.channel->write("still here");
  std::string heard(10, '\0');
  co_await asio::async_read(sender, asio::buffer(heard), asio::use_awaitable);
  EXPECT_EQ(heard, "still here");
  running.channel.reset();
  sender.close();
  co_await relay.until([&] { return !old->end.empty(); });
  EXPECT_NE(old->end.find("replaced"), std::string::npos) << old->end;
  const bool refused = co_await relay.refuses_senders();
  EXPECT_FALSE(refused);
}

TEST_F(PresenceTest, the_newest_session_wins_and_the_old_one_finishes_what_it_began) {
  start_relay();
  run(take_over(*this));
  EXPECT_EQ(environment->counters.takeovers.value(), 1);
}

asio::awaitable<void> outstay(RelayTest& relay) {
  auto old = co_await relay.present("smtp-raw");
  auto sender = co_await relay.connect();
  const auto running = co_await old->session->accept_forwarded();
  const auto newer = co_await relay.present("smtp-raw");
  const std::string heard = co_await read_all(sender);
  EXPECT_EQ(heard, "");
  co_await relay.until([&] { return !old->end.empty(); });
}

TEST_F(PresenceTest, a_replaced_session_ends_after_its_grace_whatever_it_still_does) {
  limits.takeover_grace = 30ms;
  start_relay();
  run(outstay(*this));
  EXPECT_EQ(bitten(LimitName::takeover_grace), 1);
}

/// Connects again and again; each connection must be accepted and answered by whichever client it reaches.
asio::awaitable<void> keep_sending(RelayTest& relay, bool& stop, int& answered) {
  while (!stop) {
    auto sender = co_await relay.connect();
    const std::string heard = co_await read_all(sender);
    EXPECT_EQ(heard, "hello");
    ++answered;
  }
}

asio::awaitable<void> answer_all(std::shared_ptr<Client> client) {
  try {
    for (;;) {
      const auto forwarded = co_await client->session->accept_forwarded();
      co_await forwarded.channel->write("hello");
      co_await forwarded.channel->finish();
    }
  } catch (const std::system_error&) {  // the session has ended
  }
}

asio::awaitable<void> follow_each_other(RelayTest& relay, bool& stop, int& answered, int rounds) {
  for (int i = 0; i < rounds; ++i) {
    const auto newer = co_await relay.present("smtp-raw");
    relay.clients.spawn(answer_all(newer));
    if (i == 0) relay.clients.spawn(keep_sending(relay, stop, answered));
    const int before = answered;
    co_await relay.until([&] { return answered >= before + 3; });
  }
  stop = true;
  const int last = answered;
  co_await relay.until([&] { return answered > last; });
}

TEST_F(PresenceTest, no_connection_is_refused_or_lost_while_sessions_follow_each_other) {
  start_relay();
  bool stop = false;
  int answered = 0;
  run(follow_each_other(*this, stop, answered, 12));
  EXPECT_EQ(environment->counters.takeovers.value(), 11);
}

/// A client on a loop of its own, which runs only while the test wants: a laptop that can be put to sleep.
class SleepyClient {
 public:
  explicit SleepyClient(RelayTest& relay) : relay_(relay) {}

  void come() {
    bool here = false;
    asio::co_spawn(loop, present(here), asio::detached);
    for (int i = 0; i < 10'000 && !here; ++i) loop.run_for(1ms);
    ASSERT_TRUE(here);
  }
  asio::awaitable<void> stay_awake() {
    while (!tired) {
      loop.poll();
      co_await pause(1ms);
    }
    asleep = true;
  }
  asio::awaitable<void> fall_asleep(RelayTest& relay) {
    tired = true;
    co_await relay.until([this] { return asleep; });
  }
  ~SleepyClient() {
    if (client) client->disconnect("end of the test");
    loop.run_for(1s);
    client.reset();
  }

  asio::io_context loop{1};
  std::unique_ptr<ssh::ClientSession> client;
  std::string end;
  bool tired = false;
  bool asleep = false;

 private:
  asio::awaitable<void> present(bool& here) {
    tcp::socket socket(loop);
    co_await socket.async_connect(net::to_asio(relay_.ssh_address), asio::use_awaitable);
    ssh::ClientOptions options;
    options.host = "127.0.0.1";
    options.port = relay_.ssh_address.port;
    options.user = "niklas";
    options.key = relay_.user_key;
    options.verify_host_key = [](const ssh::PublicKey&) -> Result<void, ssh::KeyError> { return {}; };
    client = co_await ssh::ClientSession::log_in(std::move(socket), std::move(options), relay_.workers);
    asio::co_spawn(loop, serve(), asio::detached);
    co_await client->request_forward("smtp-raw", 25);
    here = true;
  }
  asio::awaitable<void> serve() { end = co_await client->run(); }

  RelayTest& relay_;
};

asio::awaitable<void> sleep_and_wake(RelayTest& relay, SleepyClient& sleeper) {
  auto sender = co_await relay.connect();
  const std::string heard = co_await read_all(sender);
  EXPECT_EQ(heard, "421 4.7.0 the recipient's device does not answer, try again later\r\n");
  co_await relay.until_refused();
  const auto watcher = co_await relay.log_in();
  const auto status = co_await relay.command(*watcher, "status --json");
  EXPECT_EQ(nlohmann::json::parse(status.text)["presence"], "suspended");

  relay.clients.spawn(sleeper.stay_awake());
  co_await relay.until_accepted();
  const auto again = co_await relay.command(*watcher, "status --json");
  EXPECT_EQ(nlohmann::json::parse(again.text)["presence"], "present");
  co_await sleeper.fall_asleep(relay);
}

TEST_F(PresenceTest, a_client_that_sleeps_is_suspended_at_the_first_sender_and_present_again_when_it_answers) {
  limits.channel_open = 50ms;
  start_relay();
  SleepyClient sleeper(*this);
  sleeper.come();
  run(sleep_and_wake(*this, sleeper));
  EXPECT_EQ(bitten(LimitName::channel_open), 1);
  EXPECT_EQ(environment->counters.suspensions.value(), 1);
}

asio::awaitable<void> wait_for_refusal(RelayTest& relay) { co_await relay.until_refused(); }

TEST_F(PresenceTest, a_client_that_is_silent_for_too_long_is_absent) {
  limits.keepalive = 20ms;
  limits.session_silence = 100ms;
  start_relay();
  SleepyClient sleeper(*this);
  sleeper.come();
  run(wait_for_refusal(*this));
}

asio::awaitable<void> replace_sleeper(RelayTest& relay) {
  auto sender = co_await relay.connect();
  co_await read_all(sender);
  co_await relay.until_refused();
  const auto newer = co_await relay.present("smtp-raw");
  auto next = co_await relay.connect();
  const auto forwarded = co_await newer->session->accept_forwarded();
  EXPECT_TRUE(forwarded.channel);
}

TEST_F(PresenceTest, a_newer_session_takes_over_from_one_that_sleeps) {
  limits.channel_open = 50ms;
  limits.takeover_grace = 10ms;
  start_relay();
  SleepyClient sleeper(*this);
  sleeper.come();
  run(replace_sleeper(*this));
}

asio::awaitable<void> run_until_stopped(RelayTest& relay, bool& stopped) {
  auto client = co_await relay.present("smtp-raw");
  const auto events = co_await client->session->exec("events --json");
  auto sender = co_await relay.connect();
  auto running = co_await client->session->accept_forwarded();
  relay.gateway->stop();
  const std::string line = co_await read_all(*events);
  EXPECT_EQ(nlohmann::json::parse(line)["event"], "notice");
  co_await relay.until_refused();
  co_await running.channel->write("250 done");
  std::string heard(8, '\0');
  co_await asio::async_read(sender, asio::buffer(heard), asio::use_awaitable);
  EXPECT_EQ(heard, "250 done");
  running.channel.reset();
  sender.close();
  co_await relay.until([&] { return !client->end.empty(); });
  EXPECT_NE(client->end.find("the relay stops"), std::string::npos) << client->end;
  stopped = true;
}

TEST_F(PresenceTest, a_relay_that_stops_refuses_senders_lets_deliveries_end_and_tells_its_sessions) {
  start_relay();
  bool stopped = false;
  run(run_until_stopped(*this, stopped));
  EXPECT_TRUE(stopped);
  stop_relay();
}

asio::awaitable<void> hold_on(RelayTest& relay) {
  auto client = co_await relay.present("smtp-raw");
  auto sender = co_await relay.connect();
  const auto running = co_await client->session->accept_forwarded();
  relay.gateway->stop();
  const std::string heard = co_await read_all(sender);
  EXPECT_EQ(heard, "");
}

TEST_F(PresenceTest, a_relay_that_stops_waits_no_longer_than_its_grace) {
  limits.stop_grace = 30ms;
  start_relay();
  run(hold_on(*this));
  stop_relay();
  EXPECT_EQ(bitten(LimitName::stop_grace), 1);
}

}  // namespace
}  // namespace sisu::relay::gateway::test
