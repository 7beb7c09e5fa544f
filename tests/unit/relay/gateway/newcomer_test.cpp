// Log-ins without an account through a whole relay, and accounts that end under a live session.
#include "common/sqlite/transaction.hpp"
#include "relay/registry/state_directory.hpp"
#include "tests/unit/relay/gateway/relay_fixture.hpp"

#include <atomic>

namespace sisu::relay::gateway::test {
namespace {

class NewcomerTest : public RelayTest {
 public:
  NewcomerTest() { registry_options.rules.policy = ClaimPolicy::open; }
  Registry& accounts_of_zone() { return *accounts->registry(); }
};

constexpr int not_now = 3;  // exit status, proto/commands.md

AccountName niklas() { return AccountName::parse("niklas").value(); }

asio::awaitable<void> register_user(NewcomerTest& relay) {
  ClaimRequest request{niklas(), UserKey::parse(relay.user_key.public_key().to_openssh()).value(), {}, IpAddress()};
  const auto claimed = co_await relay.accounts_of_zone().claim(std::move(request));
  EXPECT_TRUE(claimed.has_value());
}

asio::awaitable<void> ask_for_deliveries(NewcomerTest& relay) {
  const auto client = co_await relay.log_in();
  EXPECT_EQ(relay.environment->usage.unauthenticated.total(), 1U);
  EXPECT_EQ(relay.environment->usage.sessions.total(), 0U);
  bool refused = false;
  try {
    co_await client->session->request_forward("smtp-delivery", 25);
  } catch (const std::system_error&) {
    refused = true;
  }
  EXPECT_TRUE(refused);
}

TEST_F(NewcomerTest, a_newcomer_gets_no_deliveries_and_counts_as_unauthenticated) {
  start_zone();
  run(ask_for_deliveries(*this));
  stop_relay();
  EXPECT_EQ(environment->counters.newcomers.value(), 1);
  EXPECT_EQ(environment->counters.logged_in.value(), 0);
}

asio::awaitable<void> wait_for_end(NewcomerTest& relay, std::string_view reason) {
  const auto client = co_await relay.log_in();
  co_await relay.until([&] { return !client->end.empty(); });
  EXPECT_NE(client->end.find(reason), std::string::npos) << client->end;
  co_await relay.until([&] { return relay.environment->usage.unauthenticated.total() == 0; });
}

TEST_F(NewcomerTest, a_newcomer_who_claims_nothing_is_cut_in_time) {
  limits.claim_time = 30ms;
  start_zone();
  run(wait_for_end(*this, "no name was claimed"));
  EXPECT_EQ(bitten(LimitName::claim_time), 1);
}

asio::awaitable<void> claim_and_serve(NewcomerTest& relay) {
  const auto client = co_await relay.log_in();
  const auto before = co_await relay.command(*client, "whoami");
  EXPECT_EQ(before.status, 1);
  const auto claimed = co_await relay.command(*client, "claim");
  EXPECT_EQ(claimed.status, 0);
  EXPECT_NE(claimed.text.find("*@niklas.sisu.test"), std::string::npos) << claimed.text;
  EXPECT_NE(claimed.text.find(relay.user_key.public_key().fingerprint()), std::string::npos) << claimed.text;
  EXPECT_EQ(relay.environment->usage.unauthenticated.total(), 0U);
  EXPECT_EQ(relay.environment->usage.sessions.total(), 1U);
  co_await client->session->request_forward("smtp-delivery", 25);
  EXPECT_TRUE(relay.environment->presence.status("niklas"));
  const auto again = co_await relay.command(*client, "claim");
  EXPECT_EQ(again.status, 1);
  EXPECT_NE(again.errors.find("nothing to do"), std::string::npos) << again.errors;
}

TEST_F(NewcomerTest, a_claim_makes_the_session_that_of_a_user) {
  start_zone();
  run(claim_and_serve(*this));
  stop_relay();
  EXPECT_EQ(environment->counters.claims.value(), 1);
}

asio::awaitable<void> be_refused(NewcomerTest& relay) {
  const auto client = co_await relay.log_in();
  const auto refused = co_await relay.command(*client, "claim --invite 0000-0000-0000-0000-0000-0000");
  EXPECT_EQ(refused.status, 1);
  EXPECT_NE(refused.errors.find("code is wrong"), std::string::npos) << refused.errors;
  EXPECT_EQ(relay.environment->usage.sessions.total(), 0U);
  EXPECT_EQ(relay.environment->usage.unauthenticated.total(), 1U);
  EXPECT_EQ(relay.accounts_of_zone().accounts().size(), 0U);
}

TEST_F(NewcomerTest, a_refused_claim_changes_nothing) {
  start_zone();
  run(be_refused(*this));
  stop_relay();
  EXPECT_EQ(environment->counters.claims_refused(ClaimRefusal::invite_unknown).value(), 1);
}

asio::awaitable<void> claim_without_room(NewcomerTest& relay) {
  const auto client = co_await relay.log_in();
  auto [other, full] = relay.environment->usage.sessions.admit("otto");
  EXPECT_TRUE(other);
  const auto refused = co_await relay.command(*client, "claim");
  EXPECT_EQ(refused.status, not_now);
  EXPECT_NE(refused.errors.find("too many sessions"), std::string::npos) << refused.errors;
  EXPECT_EQ(relay.accounts_of_zone().accounts().size(), 0U);
}

TEST_F(NewcomerTest, a_claim_without_room_for_its_session_is_refused_before_anything_is_bound) {
  limits.sessions = 1;
  start_zone();
  run(claim_without_room(*this));
}

using Answers = std::vector<RelayTest::Answer>;

asio::awaitable<void> keep_answer(NewcomerTest& relay, std::shared_ptr<Client> client, Answers& answers) {
  answers.push_back(co_await relay.command(*client, "claim"));
}

/// While the registry cannot answer, so that none is done before the last is asked for.
asio::awaitable<void> claim_many_at_once(NewcomerTest& relay, std::size_t count) {
  const auto client = co_await relay.log_in();
  const auto beside = sqlite::Database::open(relay.scratch / "registry.db");
  std::optional<sqlite::Transaction> holding(beside);
  Answers answers;
  net::TaskGroup claims(relay.loop.get_executor());
  for (std::size_t i = 0; i < count; ++i) claims.spawn(keep_answer(relay, client, answers));
  co_await relay.until([&] { return answers.size() == count - 1; });
  for (const auto& answer : answers) EXPECT_NE(answer.errors.find("one command at a time"), std::string::npos);
  holding.reset();
  co_await claims.join();
  EXPECT_EQ(answers.back().status, 0) << answers.back().errors;
  EXPECT_EQ(relay.environment->usage.sessions.total(), 1U);
}

asio::awaitable<void> claim_twice_at_once(NewcomerTest& relay) {
  const auto client = co_await relay.log_in();
  Answers answers;
  net::TaskGroup claims(relay.loop.get_executor());
  for (int i = 0; i < 2; ++i) claims.spawn(keep_answer(relay, client, answers));
  co_await claims.join();
  EXPECT_EQ(answers.front().status, 0) << answers.front().errors;
  EXPECT_EQ(answers.back().status, 1);
  EXPECT_EQ(relay.environment->usage.sessions.total(), 1U);
}

TEST_F(NewcomerTest, of_two_claims_at_once_the_refused_one_leaves_the_session_its_place) {
  limits.newcomer_commands = 2;
  start_zone();
  run(claim_twice_at_once(*this));
}

TEST_F(NewcomerTest, a_newcomer_who_asks_for_many_commands_at_once_runs_one) {
  registry_options.busy_timeout = 60s;
  start_zone();
  run(claim_many_at_once(*this, 5));
  EXPECT_GE(bitten(LimitName::newcomer_commands), 4);
}

asio::awaitable<void> run_too_many(NewcomerTest& relay, std::size_t allowed, std::string line) {
  const auto client = co_await relay.log_in();
  for (std::size_t i = 0; i < allowed; ++i) co_await relay.command(*client, line);
  const auto refused = co_await relay.command(*client, line);
  EXPECT_EQ(refused.status, not_now);
  EXPECT_NE(refused.errors.find("wait a little"), std::string::npos) << refused.errors;
}

TEST_F(NewcomerTest, commands_of_newcomers_are_limited_per_minute_and_source) {
  limits.commands_per_source = 3;
  start_zone();
  run(run_too_many(*this, 3, "help"));
  EXPECT_EQ(bitten(LimitName::commands_per_source), 1);
}

asio::awaitable<void> register_and_run_too_many(NewcomerTest& relay, std::size_t allowed, std::string line) {
  co_await register_user(relay);
  co_await run_too_many(relay, allowed, std::move(line));
}

TEST_F(NewcomerTest, commands_of_a_user_are_limited_per_minute) {
  limits.commands_per_user = 3;
  start_zone();
  run(register_and_run_too_many(*this, 3, "help"));
  EXPECT_EQ(bitten(LimitName::commands_per_user), 1);
}

TEST_F(NewcomerTest, lookups_of_a_user_are_limited_per_minute) {
  limits.lookups_per_user = 3;
  start_zone();
  run(register_and_run_too_many(*this, 3, "lookup nobody"));
  EXPECT_EQ(bitten(LimitName::lookups_per_user), 1);
}

asio::awaitable<void> ask_about_others(NewcomerTest& relay) {
  co_await register_user(relay);
  const auto client = co_await relay.log_in();
  const auto own = co_await relay.command(*client, "lookup niklas");
  EXPECT_EQ(own.text, relay.user_key.public_key().to_openssh() + "\n");
  std::string first;
  for (const char* name : {"nobody", "postmaster", "a.b", "xn--x", "''", "--", "NOBODY"}) {
    const auto answer = co_await relay.command(*client, std::string("lookup -- ") + name);
    EXPECT_EQ(answer.status, 1) << name;
    if (first.empty()) first = answer.errors;
    EXPECT_EQ(answer.errors, first) << name;
  }
}

TEST_F(NewcomerTest, a_lookup_says_no_more_about_one_name_than_about_another) {
  start_zone();
  run(ask_about_others(*this));
}

asio::awaitable<void> switch_spool(NewcomerTest& relay) {
  co_await register_user(relay);
  const auto client = co_await relay.log_in();
  const auto on = co_await relay.command(*client, "spool on");
  EXPECT_EQ(on.status, 0);
  const auto status = co_await relay.command(*client, "status --json");
  EXPECT_NE(status.text.find("\"tier2\":true"), std::string::npos) << status.text;
}

TEST_F(NewcomerTest, spool_on_is_seen_by_the_session_at_once) {
  start_zone();
  run(switch_spool(*this));
}

asio::awaitable<void> write_while_locked(NewcomerTest& relay) {
  co_await register_user(relay);
  const auto client = co_await relay.log_in();
  const OpenedRegistry other = open_registry(relay.scratch.path(), OpenedBy::command);
  const sqlite::Transaction lock(other.database.database());
  const auto refused = co_await relay.command(*client, "spool on");
  EXPECT_EQ(refused.status, not_now);
  EXPECT_EQ(refused.errors, "the relay cannot write to its registry now, nothing was changed: try again later\n");
  const auto status = co_await relay.command(*client, "status --json");
  EXPECT_NE(status.text.find("\"tier2\":false"), std::string::npos) << status.text;
}

TEST_F(NewcomerTest, a_registry_that_cannot_be_written_is_said_to_the_user_and_ends_no_session) {
  registry_options.busy_timeout = 10ms;
  start_zone();
  run(write_while_locked(*this));
}

asio::awaitable<void> stay_for_a_day(NewcomerTest& relay, std::atomic<std::chrono::seconds>& time) {
  co_await register_user(relay);
  const auto client = co_await relay.log_in();
  time.store(time.load() + 24h);
  client->session->disconnect("good night");
  co_await relay.until([&] { return relay.environment->usage.sessions.total() == 0; });
}

TEST_F(NewcomerTest, who_stayed_for_a_day_was_seen_at_its_end) {
  std::atomic<std::chrono::seconds> time = 1'800'000'000s;
  registry_options.clock = [&] { return std::chrono::system_clock::time_point(time.load()); };
  start_zone();
  run(stay_for_a_day(*this, time));
  stop_relay();
  accounts.reset();  // writes what is not written
  OpenedRegistry beside = open_registry(scratch.path(), OpenedBy::command);
  EXPECT_EQ(beside.database.find(niklas())->last_seen, Time(1'800'000'000s + 24h));
}

asio::awaitable<void> end_while_present(NewcomerTest& relay, AccountState state, std::string_view reason) {
  co_await register_user(relay);
  const auto client = co_await relay.present();
  EXPECT_EQ(relay.environment->usage.unauthenticated.total(), 0U);
  EXPECT_TRUE(relay.environment->presence.status("niklas"));
  co_await relay.accounts_of_zone().set_state(niklas(), state);
  co_await relay.until([&] { return !client->end.empty(); });
  EXPECT_NE(client->end.find(reason), std::string::npos) << client->end;
  co_await relay.until([&] { return !relay.environment->presence.status("niklas"); });
}

TEST_F(NewcomerTest, a_suspended_account_loses_its_sessions_and_its_presence) {
  start_zone();
  run(end_while_present(*this, AccountState::suspended, "suspended"));
}

TEST_F(NewcomerTest, a_removed_account_loses_its_sessions_and_its_presence) {
  start_zone();
  run(end_while_present(*this, AccountState::removed, "removed"));
}

}  // namespace
}  // namespace sisu::relay::gateway::test
