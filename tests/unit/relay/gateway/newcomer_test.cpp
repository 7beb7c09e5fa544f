// Log-ins without an account through a whole relay, and accounts that end under a live session.
#include "tests/unit/relay/gateway/relay_fixture.hpp"

namespace sisu::relay::gateway::test {
namespace {

class NewcomerTest : public RelayTest {
 public:
  NewcomerTest() { registry_options.rules.policy = ClaimPolicy::open; }
  Registry& accounts_of_zone() { return *accounts->registry(); }
};

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
