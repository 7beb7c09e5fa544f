// The link against a relay in this process: our own SSH server over loopback.
#include "client/link/link.hpp"

#include "tests/unit/client/fake_relay.hpp"

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <gtest/gtest.h>

#include <array>

namespace sisu::client {
namespace {

using namespace std::chrono_literals;

/// The back-off of these tests ends at 5 ms.
constexpr auto longer_than_any_wait = 100ms;

class LinkTest : public ::testing::Test {
 protected:
  ~LinkTest() override { settle(); }

  void start() {
    LinkOptions options;
    options.relay = relay.address();
    options.user = "niklas";
    options.key = key;
    options.policy.backoff = {1ms, 5ms};
    options.policy.steady_after = 1h;
    options.session.prove_alive_within = 50ms;
    options.session.events_again_after = 1ms;
    options.session.invite = invite;
    options.session.hold_deliveries = hold_deliveries;
    options.young_attempt = 0ms;
    RelaySession::Callbacks callbacks;
    callbacks.deliver = [this](ssh::ForwardedChannel channel, SessionId session) {
      channels.push_back(std::move(channel));
      sessions.push_back(session);
    };
    callbacks.online = [this](const Identity& identity) { identities.push_back(identity); };
    auto verifier = [this](const ssh::PublicKey& shown) -> Result<void, ssh::KeyError> {
      if (host_key_problem.empty() && shown == relay.host_key()) return {};
      return fail(ssh::KeyError{host_key_problem});
    };
    link = std::make_unique<Link>(loop.get_executor(), std::move(options), verifier, std::move(callbacks), workers,
                                  logger);
    asio::co_spawn(loop, link->run(), [this](std::exception_ptr failure, std::string reason) {
      ended = true;
      end_reason = failure ? "an exception" : std::move(reason);
    });
  }

  template <class Condition>
  [[nodiscard]] bool run_until(Condition condition) {
    const auto limit = std::chrono::steady_clock::now() + 20s;
    while (!condition() && std::chrono::steady_clock::now() < limit) loop.run_one_for(10ms);
    return condition();
  }

  bool run_until_online(std::size_t times = 1) {
    return run_until([&] { return identities.size() >= times && relay.present() >= 1; });
  }

  /// Whatever a test left running ends before what it refers to does.
  void settle() {
    channels.clear();
    if (!link) return;
    link->stop("the test is over");
    EXPECT_TRUE(run_until([this] { return ended; }));
    EXPECT_TRUE(run_until([this] { return relay.sessions() == 0; }));
  }

  asio::io_context loop;
  net::WorkerPool workers{1, "worker"};
  test::FakeRelay relay{loop};
  ssh::PrivateKey key = ssh::PrivateKey::generate();
  log::Logger logger;
  std::optional<std::string> invite;
  bool hold_deliveries = false;
  std::string host_key_problem;
  std::vector<Identity> identities;
  std::vector<ssh::ForwardedChannel> channels;
  std::vector<SessionId> sessions;
  std::unique_ptr<Link> link;
  bool ended = false;
  std::string end_reason;
};

TEST_F(LinkTest, logs_in_and_is_present) {
  start();
  ASSERT_TRUE(run_until_online());
  EXPECT_EQ(identities.front().name, "niklas");
  EXPECT_EQ(relay.log_ins, 1U);
}

TEST_F(LinkTest, a_key_that_is_new_to_the_relay_claims_its_name_and_is_present_in_the_same_session) {
  relay.knows_the_key = false;
  invite = "3k9f-1234; x";
  start();
  ASSERT_TRUE(run_until_online());
  EXPECT_EQ(relay.claims, std::vector<std::string>{"claim --json --invite '3k9f-1234; x'"});
  EXPECT_EQ(relay.log_ins, 1U);
  relay.drop_sessions();
  ASSERT_TRUE(run_until_online(2));
  EXPECT_EQ(relay.claims.size(), 1U) << "only once";
}

TEST_F(LinkTest, a_claim_goes_without_a_code_where_none_was_given) {
  relay.knows_the_key = false;
  start();
  ASSERT_TRUE(run_until_online());
  EXPECT_EQ(relay.claims, std::vector<std::string>{"claim --json"});
}

TEST_F(LinkTest, a_refused_claim_ends_it_with_the_relays_words_on_one_line) {
  relay.knows_the_key = false;
  relay.claim_refusal = "this relay asks for an invitation\x1B[31m\nlevel=info\n";
  start();
  ASSERT_TRUE(run_until([&] { return ended; }));
  EXPECT_NE(end_reason.find("did not give this key the name: this relay asks for an invitation?[31m"),
            std::string::npos)
      << end_reason;
  EXPECT_EQ(end_reason.find('\n'), std::string::npos);
  EXPECT_EQ(relay.claims.size(), 1U) << "not tried again";
  EXPECT_EQ(relay.present(), 0U);
}

TEST_F(LinkTest, a_relay_that_is_busy_is_asked_again_and_not_for_a_name) {
  relay.busy = 2;
  start();
  ASSERT_TRUE(run_until_online());
  EXPECT_EQ(relay.log_ins, 3U);
  EXPECT_TRUE(relay.claims.empty());
}

TEST_F(LinkTest, a_claim_that_is_refused_for_now_is_tried_again) {
  relay.knows_the_key = false;
  relay.busy = 2;
  relay.busy_with = "claim";
  start();
  ASSERT_TRUE(run_until_online());
  EXPECT_EQ(relay.log_ins, 3U);
}

asio::awaitable<void> deliver_hello(test::FakeRelay& relay, std::string& answer) {
  const auto channel = co_await relay.open_delivery("smtp-delivery", *Endpoint::parse("192.0.2.1:40000"));
  co_await channel->write("hello");
  std::array<char, 100> buffer{};
  const std::size_t count = co_await channel->read_some(buffer);
  answer.assign(buffer.data(), count);
}

asio::awaitable<void> answer_hello(net::ByteStream& channel) {
  std::array<char, 5> buffer{};
  co_await channel.read_some(buffer);
  co_await channel.write("world");
}

TEST_F(LinkTest, a_delivery_channel_is_handed_on_with_the_id_that_the_relay_gave_the_session) {
  start();
  ASSERT_TRUE(run_until_online());
  std::string answer;
  asio::co_spawn(loop, deliver_hello(relay, answer), [](std::exception_ptr) {});
  ASSERT_TRUE(run_until([&] { return channels.size() == 1; }));
  EXPECT_EQ(channels.front().connected_address, "smtp-delivery");
  EXPECT_EQ(channels.front().originator.to_string(), "192.0.2.1:40000");
  EXPECT_EQ(sessions.front().to_string(), "5f0c6a4e-1d2b-4c3d-8e9f-0123456789ab");
  asio::co_spawn(loop, answer_hello(*channels.front().channel), [](std::exception_ptr) {});
  EXPECT_TRUE(run_until([&] { return answer == "world"; }));
}

TEST_F(LinkTest, comes_back_after_the_relay_has_gone) {
  start();
  for (std::size_t times = 1; times <= 3; ++times) {
    ASSERT_TRUE(run_until_online(times));
    relay.drop_sessions();
    ASSERT_TRUE(run_until([&] { return relay.present() == 0; }));
  }
  EXPECT_TRUE(run_until_online(4));
  EXPECT_EQ(relay.log_ins, 4U);
}

TEST_F(LinkTest, keeps_trying_while_the_relay_grants_nothing) {
  relay.grant_forwards = false;
  start();
  ASSERT_TRUE(run_until([&] { return relay.log_ins >= 3; }));
  EXPECT_TRUE(identities.empty());
  relay.grant_forwards = true;
  EXPECT_TRUE(run_until_online());
}

TEST_F(LinkTest, keeps_trying_while_the_relay_makes_no_sense) {
  relay.whoami = "what?";
  start();
  ASSERT_TRUE(run_until([&] { return relay.log_ins >= 2; }));
  EXPECT_EQ(relay.present(), 0U);
}

TEST_F(LinkTest, a_replaced_client_stands_by_until_it_is_asked) {
  start();
  ASSERT_TRUE(run_until_online());
  ASSERT_TRUE(run_until([&] { return relay.event_readers == 1; }));
  auto replaced = relay.send_event_and_drop(R"({"event":"replaced","text":"from elsewhere"})");
  asio::co_spawn(loop, std::move(replaced), [](std::exception_ptr) {});
  ASSERT_TRUE(run_until([&] { return relay.sessions() == 0; }));
  link->in_doubt("a change of the network");
  loop.run_for(longer_than_any_wait);
  EXPECT_EQ(relay.log_ins, 1U) << "standing by, whatever the network does";
  link->retry_now();
  EXPECT_TRUE(run_until_online(2));
}

std::size_t count_of(std::string_view words, const std::string& text) {
  std::size_t count = 0;
  for (std::size_t at = text.find(words); at != std::string::npos; at = text.find(words, at + 1)) ++count;
  return count;
}

TEST_F(LinkTest, a_take_over_is_logged_once_however_often_the_relay_tells_of_it) {
  logger = log::Logger(log::Options{});
  ::testing::internal::CaptureStderr();
  start();
  ASSERT_TRUE(run_until_online());
  constexpr std::size_t times = 3;
  for (std::size_t told = 0; told < times; ++told) {
    ASSERT_TRUE(run_until([&] { return relay.event_readers == told + 1; }));
    auto replaced = relay.send_event(R"({"event":"replaced","text":"from elsewhere"})");
    asio::co_spawn(loop, std::move(replaced), [](std::exception_ptr) {});
  }
  ASSERT_TRUE(run_until([&] { return relay.event_readers == times + 1; })) << "all were read";
  const std::string log = ::testing::internal::GetCapturedStderr();
  EXPECT_EQ(count_of("another client took the deliveries over", log), 1U) << log;
}

TEST_F(LinkTest, a_session_without_a_sign_of_life_is_given_up_when_in_doubt) {
  start();
  ASSERT_TRUE(run_until_online());
  relay.answer_commands = false;
  link->in_doubt("sleep");
  ASSERT_TRUE(run_until([&] { return relay.sessions() == 0; }));
  relay.answer_commands = true;
  EXPECT_TRUE(run_until_online(2));
}

TEST_F(LinkTest, a_session_that_answers_when_in_doubt_is_kept) {
  start();
  ASSERT_TRUE(run_until_online());
  for (int i = 0; i < 5; ++i) {
    link->in_doubt("a change of the network");
    loop.run_for(20ms);
  }
  EXPECT_EQ(relay.log_ins, 1U);
  EXPECT_EQ(relay.present(), 1U);
}

TEST_F(LinkTest, a_refused_key_at_the_first_attempt_ends_it_with_the_relays_words) {
  relay.refuse_login = "niklas is bound to another key";
  start();
  ASSERT_TRUE(run_until([&] { return ended; }));
  EXPECT_NE(end_reason.find("niklas is bound to another key"), std::string::npos) << end_reason;
}

TEST_F(LinkTest, a_log_in_that_is_refused_for_now_is_tried_again) {
  relay.refuse_login = "not now: this relay has too many sessions, try again later";
  start();
  ASSERT_TRUE(run_until([&] { return relay.refusals >= 2; }));
  EXPECT_FALSE(ended);
  relay.refuse_login.reset();
  EXPECT_TRUE(run_until_online());
}

TEST_F(LinkTest, a_reason_that_only_mentions_it_is_for_good) {
  relay.refuse_login = "the key was revoked; not now: never";
  start();
  EXPECT_TRUE(run_until([&] { return ended; }));
}

TEST_F(LinkTest, a_refused_host_key_at_the_first_attempt_ends_it_with_the_explanation) {
  host_key_problem = "not the relay that you know";
  start();
  ASSERT_TRUE(run_until([&] { return ended; }));
  EXPECT_NE(end_reason.find("not the relay that you know"), std::string::npos) << end_reason;
  EXPECT_EQ(relay.log_ins, 0U);
}

TEST_F(LinkTest, a_refused_key_later_waits_for_a_person) {
  start();
  ASSERT_TRUE(run_until_online());
  relay.refuse_login = "revoked";
  relay.drop_sessions();
  ASSERT_TRUE(run_until([&] { return relay.refusals > 0 && relay.sessions() == 0; }));
  relay.refuse_login.reset();
  loop.run_for(longer_than_any_wait);
  EXPECT_FALSE(ended);
  EXPECT_EQ(relay.log_ins, 1U) << "not tried again by itself";
  link->retry_now();
  EXPECT_TRUE(run_until_online(2));
}

TEST_F(LinkTest, withdrawing_gives_presence_back_and_keeps_the_session) {
  start();
  ASSERT_TRUE(run_until_online());
  link->withdraw();
  ASSERT_TRUE(run_until([&] { return relay.present() == 0; }));
  EXPECT_EQ(relay.sessions(), 1U);
  EXPECT_FALSE(ended);
}

/// What a command came to, once it has.
struct Asked {
  std::optional<CommandAnswer> answer;
  std::error_code failure;
  bool over() const { return answer || failure; }
};

asio::awaitable<void> ask(Link& link, std::string command, std::chrono::milliseconds within, Asked& asked) {
  try {
    asked.answer = co_await link.run_command(std::move(command), within);
  } catch (const std::system_error& error) {
    asked.failure = error.code();
  }
}

TEST_F(LinkTest, a_command_is_answered_over_the_session) {
  relay.answers["status"] = {"{}\n", 0};
  relay.answers["tlsa"] = {"", 2};
  start();
  ASSERT_TRUE(run_until_online());
  Asked status;
  Asked tlsa;
  asio::co_spawn(loop, ask(*link, "status --json", 10s, status), asio::detached);
  asio::co_spawn(loop, ask(*link, "tlsa publish x", 10s, tlsa), asio::detached);
  ASSERT_TRUE(run_until([&] { return status.over() && tlsa.over(); }));
  ASSERT_TRUE(status.answer && tlsa.answer);
  EXPECT_EQ(status.answer->output, "{}\n");
  EXPECT_EQ(status.answer->status, 0);
  EXPECT_EQ(tlsa.answer->status, 2);
}

TEST_F(LinkTest, without_a_session_a_command_fails_at_once) {
  start();
  Asked asked;
  asio::co_spawn(loop, ask(*link, "status --json", 10s, asked), asio::detached);
  ASSERT_TRUE(run_until([&] { return asked.over(); }));
  EXPECT_EQ(asked.failure, asio::error::not_connected);
  EXPECT_FALSE(link->state().connected());
}

TEST_F(LinkTest, a_command_that_hangs_ends_with_its_deadline_and_the_session_goes_on) {
  start();
  ASSERT_TRUE(run_until_online());
  relay.answer_commands = false;
  Asked asked;
  asio::co_spawn(loop, ask(*link, "status --json", 20ms, asked), asio::detached);
  ASSERT_TRUE(run_until([&] { return asked.over(); }));
  EXPECT_EQ(asked.failure, asio::error::timed_out);
  EXPECT_EQ(link->state().kind, LinkState::Kind::online);
}

TEST_F(LinkTest, a_session_that_ends_in_the_middle_of_a_command_ends_the_command) {
  start();
  ASSERT_TRUE(run_until_online());
  relay.answer_commands = false;
  Asked asked;
  asio::co_spawn(loop, ask(*link, "status --json", 1h, asked), asio::detached);
  loop.run_for(20ms);
  relay.drop_sessions();
  ASSERT_TRUE(run_until([&] { return asked.over(); }));
  EXPECT_TRUE(asked.failure || asked.answer->status == -1);
}

TEST_F(LinkTest, an_answer_without_end_is_not_read_to_its_end) {
  relay.answers["status"] = {std::string(command_output_limit + 1, 'x'), 0};
  start();
  ASSERT_TRUE(run_until_online());
  Asked asked;
  asio::co_spawn(loop, ask(*link, "status --json", 10s, asked), asio::detached);
  ASSERT_TRUE(run_until([&] { return asked.over(); }));
  ASSERT_TRUE(asked.answer);
  EXPECT_EQ(asked.answer->status, -1);
  EXPECT_LE(asked.answer->output.size(), command_output_limit);
}

TEST_F(LinkTest, deliveries_that_are_held_back_come_when_they_are_allowed_and_commands_run_before) {
  relay.answers["status"] = {"{}\n", 0};
  hold_deliveries = true;
  start();
  ASSERT_TRUE(run_until([&] { return link->state().kind == LinkState::Kind::connected; }));
  Asked asked;
  asio::co_spawn(loop, ask(*link, "status --json", 10s, asked), asio::detached);
  ASSERT_TRUE(run_until([&] { return asked.over(); }));
  EXPECT_TRUE(asked.answer);
  EXPECT_EQ(relay.present(), 0U);
  link->allow_deliveries();
  ASSERT_TRUE(run_until_online());
  relay.drop_sessions();
  EXPECT_TRUE(run_until_online(2)) << "and in later sessions";
}

TEST_F(LinkTest, a_session_that_is_held_back_can_be_stopped) {
  hold_deliveries = true;
  start();
  ASSERT_TRUE(run_until([&] { return link->state().kind == LinkState::Kind::connected; }));
  link->stop("while held back");
  EXPECT_TRUE(run_until([&] { return ended; }));
  EXPECT_EQ(link->state().kind, LinkState::Kind::stopped);
}

TEST_F(LinkTest, stopping_ends_it_in_every_state) {
  start();
  link->stop("before it began");
  ASSERT_TRUE(run_until([&] { return ended; }));
  EXPECT_EQ(end_reason, "");

  ended = false;
  start();
  ASSERT_TRUE(run_until_online());
  link->stop("while online");
  ASSERT_TRUE(run_until([&] { return ended; }));
  EXPECT_EQ(end_reason, "");
}

}  // namespace
}  // namespace sisu::client
