#include "relay/registry/registry.hpp"

#include "common/sqlite/transaction.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/run_coroutine.hpp"
#include "tests/unit/registry/registry_fixture.hpp"

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/use_future.hpp>

#include <condition_variable>
#include <thread>

namespace sisu::relay {
namespace {

using namespace std::chrono_literals;
using sisu::test::ChildProcess;
using test::key_of;
using test::name_of;
using test::request_of;
using test::start;

/// Collects changes from the registry's thread. A minute is a hang, not a measure.
class Changes {
 public:
  void add(const AccountChange& change) {
    const std::lock_guard lock(mutex_);
    changes_.push_back(change);
    arrived_.notify_all();
  }
  std::vector<AccountChange> wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    arrived_.wait_for(lock, 60s, [&] { return changes_.size() >= count; });
    return changes_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<AccountChange> changes_;
};

class RegistryTest : public test::RegistryFixture {
 protected:
  RegistryOptions options() {
    return {.rules = test::open_rules(),
            .prefix = test::prefix,
            .busy_timeout = 50ms,
            .watch_interval = 1ms,
            .seen_interval = 1h,
            .clock = [] { return std::chrono::system_clock::time_point(start); },
            .on_change = [this](const AccountChange& change) { changes_.add(change); },
            .logger = {}};
  }
  std::unique_ptr<Registry> open_daemon() { return Registry::open(state(), options()); }

  template <class T>
  static T await(asio::awaitable<T> awaitable) {
    asio::io_context loop;
    auto result = asio::co_spawn(loop, std::move(awaitable), asio::use_future);
    loop.run();
    return result.get();
  }

  Changes changes_;
};

TEST_F(RegistryTest, a_claim_is_in_the_directory_when_it_is_answered) {
  const auto registry = open_daemon();
  EXPECT_EQ(registry->judge_log_in("niklas", key_of(1).fingerprint()).verdict, LogInVerdict::may_claim);
  const auto claimed = await(registry->claim(request_of("niklas", 1)));
  ASSERT_TRUE(claimed);
  EXPECT_EQ(registry->accounts().find(name_of("niklas")), claimed->account);
  EXPECT_EQ(registry->judge_log_in("niklas", key_of(1).fingerprint()).verdict, LogInVerdict::accepted);
  const auto changes = changes_.wait_for(1);
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_EQ(changes[0].before, nullptr);
}

TEST_F(RegistryTest, refusals_come_back_as_they_are) {
  const auto registry = open_daemon();
  ASSERT_TRUE(await(registry->claim(request_of("niklas", 1))));
  EXPECT_EQ(await(registry->claim(request_of("niklas", 2))).error(), ClaimRefusal::name_taken);
  EXPECT_EQ(await(registry->set_tier2(name_of("nobody-here"), Tier2::on)).error(), ChangeRefusal::no_such_account);
}

TEST_F(RegistryTest, a_restart_finds_all_accounts) {
  ASSERT_TRUE(await(open_daemon()->claim(request_of("niklas", 1))));
  EXPECT_TRUE(open_daemon()->accounts().find(key_of(1).fingerprint()));
}

TEST_F(RegistryTest, claims_from_many_threads_of_one_name_have_one_winner) {
  const auto registry = open_daemon();
  constexpr unsigned loops = 4;
  constexpr unsigned names = 20;
  std::atomic<unsigned> granted = 0;
  std::vector<std::jthread> threads;
  for (unsigned loop = 0; loop < loops; ++loop)
    threads.emplace_back([&, loop] {
      for (unsigned i = 0; i < names; ++i)
        if (await(registry->claim(request_of("name" + std::to_string(i), 1 + i * loops + loop)))) ++granted;
    });
  threads.clear();
  EXPECT_EQ(granted, names);
  EXPECT_EQ(registry->accounts().size(), names);
}

TEST_F(RegistryTest, changes_of_this_process_are_published) {
  const auto registry = open_daemon();
  ASSERT_TRUE(await(registry->claim(request_of("niklas", 1))));
  ASSERT_TRUE(await(registry->set_tier2(name_of("niklas"), Tier2::on)));
  ASSERT_TRUE(await(registry->set_state(name_of("niklas"), AccountState::suspended)));
  const auto changes = changes_.wait_for(3);
  ASSERT_EQ(changes.size(), 3U);
  EXPECT_EQ(changes[1].after->tier2, Tier2::on);
  EXPECT_FALSE(changes[1].ends_sessions());
  EXPECT_TRUE(changes[2].ends_sessions());
  EXPECT_EQ(registry->judge_log_in("niklas", key_of(1).fingerprint()).verdict, LogInVerdict::suspended);
}

TEST_F(RegistryTest, an_operators_command_in_another_process_is_noticed) {
  ChildProcess command([this](const ChildProcess::Parent& parent) {
    parent.wait_for_go_on();
    auto beside = open_beside();
    if (!beside.database.set_state(name_of("niklas"), AccountState::suspended)) return 1;
    parent.announce();
    parent.wait_for_go_on();
    if (!beside.database.set_state(name_of("niklas"), AccountState::removed)) return 2;
    if (!beside.database.purge(name_of("niklas"), PurgedName::kept)) return 3;
    return 0;
  });
  const auto registry = open_daemon();
  ASSERT_TRUE(await(registry->claim(request_of("niklas", 1))));
  command.go_on();
  ASSERT_TRUE(command.await_announcement());
  auto changes = changes_.wait_for(2);
  ASSERT_EQ(changes.size(), 2U);
  EXPECT_TRUE(changes[1].ends_sessions());
  EXPECT_EQ(registry->accounts().find(name_of("niklas"))->state, AccountState::suspended);
  command.go_on();
  EXPECT_EQ(command.wait(), 0);
  for (std::size_t count = 3; changes.back().after; ++count)
    changes = changes_.wait_for(count);  // removed, or at once purged
  EXPECT_EQ(registry->judge_log_in("niklas", key_of(2).fingerprint()).verdict, LogInVerdict::name_is_anothers);
  EXPECT_EQ(registry->judge_log_in("free", key_of(1).fingerprint()).verdict, LogInVerdict::key_retired);
}

TEST_F(RegistryTest, reading_beside_the_daemon_and_last_seen_are_no_changes) {
  const auto registry = open_daemon();
  const auto claimed = await(registry->claim(request_of("niklas", 1)));
  auto beside = open_beside();
  const std::pair<AccountId, Time> times[] = {{claimed->account->id, start}};
  beside.database.set_last_seen(times);
  ASSERT_TRUE(beside.database.set_tier2(name_of("niklas"), Tier2::on));  // the sign that the daemon has looked
  const auto changes = changes_.wait_for(2);
  ASSERT_EQ(changes.size(), 2U);
  EXPECT_EQ(changes[1].after->tier2, Tier2::on);
}

TEST_F(RegistryTest, last_seen_is_written_at_the_end_at_the_latest) {
  {
    const auto registry = open_daemon();
    const auto claimed = await(registry->claim(request_of("niklas", 1)));
    registry->seen(claimed->account->id);
    registry->seen(claimed->account->id);
    EXPECT_EQ(open_beside().database.find(name_of("niklas"))->last_seen, std::nullopt);
  }
  EXPECT_EQ(open_beside().database.find(name_of("niklas"))->last_seen, start);
}

TEST_F(RegistryTest, last_seen_is_written_every_interval) {
  RegistryOptions often = options();
  often.seen_interval = 1ms;
  const auto registry = Registry::open(state(), often);
  const auto claimed = await(registry->claim(request_of("niklas", 1)));
  auto beside = open_beside();
  const std::int64_t before = beside.database.data_version();
  registry->seen(claimed->account->id);
  while (beside.database.data_version() == before) std::this_thread::yield();  // the test's own limit ends a hang
  EXPECT_EQ(beside.database.find(name_of("niklas"))->last_seen, start);
}

SpkiDigest some_digest() { return SpkiDigest::parse(std::string(64, 'a')).value(); }
ChallengeValue some_challenge() { return ChallengeValue::parse(std::string(43, 'a')).value(); }

TEST_F(RegistryTest, what_a_user_publishes_is_told_and_in_the_directory_when_it_is_answered) {
  const auto registry = open_daemon();
  const AccountId niklas = await(registry->claim(request_of("niklas", 1)))->account->id;
  ASSERT_TRUE(await(registry->set_tlsa(niklas, {some_digest()})));
  ASSERT_TRUE(await(registry->set_acme_account(niklas, AcmeAccountUri::parse("https://ca.example/1"))));
  ASSERT_TRUE(await(registry->add_challenge(niklas, some_challenge())));
  const Published now = registry->accounts().find(name_of("niklas"))->published;
  EXPECT_EQ(now.tlsa.size(), 1U);
  EXPECT_TRUE(now.acme_account);
  EXPECT_EQ(now.challenges.at(some_challenge()), start);
  ASSERT_TRUE(await(registry->drop_challenge(niklas, some_challenge())));
  const auto changes = changes_.wait_for(5);
  ASSERT_EQ(changes.size(), 5U);
  EXPECT_EQ(changes[3].after->published, now);
  EXPECT_TRUE(changes[4].after->published.challenges.empty());
  EXPECT_EQ(await(registry->set_tlsa(AccountId{777}, {})).error(), ChangeRefusal::no_such_account);
}

TEST_F(RegistryTest, challenges_that_nobody_cleans_up_are_swept_after_an_hour) {
  RegistryOptions sweeping = options();
  std::atomic<std::int64_t> seconds_later = 3600;
  sweeping.sweep_interval = 1ms;
  sweeping.clock = [&] { return std::chrono::system_clock::time_point(start + std::chrono::seconds(seconds_later)); };
  {
    auto before = open();
    const auto niklas = before.database.claim(request_of("niklas", 1), start)->account->id;
    ASSERT_TRUE(before.database.add_challenge(niklas, some_challenge(), start));
    ASSERT_TRUE(before.database.add_challenge(niklas, ChallengeValue::parse(std::string(43, 'b')).value(), start + 5s));
  }
  const auto registry = Registry::open(state(), sweeping);
  EXPECT_EQ(registry->accounts().find(name_of("niklas"))->published.challenges.size(), 2U);
  seconds_later = 3601;
  const auto changes = changes_.wait_for(1);
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_EQ(changes[0].after->published.challenges.size(), 1U);
  EXPECT_EQ(registry->accounts().find(name_of("niklas")), changes[0].after);
}

TEST_F(RegistryTest, users_see_and_revoke_their_invites) {
  RegistryOptions by_invite = options();
  by_invite.rules.policy = ClaimPolicy::invite;
  const auto registry = Registry::open(state(), by_invite);
  const std::string code = open_beside().database.mint_invites(1, start)->front();
  const auto claimed = await(registry->claim(request_of("niklas", 1, code)));
  ASSERT_TRUE(claimed);
  const auto invites = await(registry->invites_of(claimed->account->id));
  ASSERT_EQ(invites.size(), 3U);
  EXPECT_TRUE(await(registry->revoke_invite(invites[0].id, claimed->account->id)));
  EXPECT_EQ(await(registry->claim(request_of("bob", 2, invites[0].code))).error(), ClaimRefusal::invite_revoked);
}

TEST_F(RegistryTest, a_registry_that_is_locked_for_long_refuses_claims_and_recovers) {
  const auto registry = open_daemon();
  auto beside = open_beside();
  {
    const sqlite::Transaction holding(beside.database.database());
    EXPECT_EQ(await(registry->claim(request_of("niklas", 1))).error(), ClaimRefusal::registry_unavailable);
  }
  EXPECT_TRUE(await(registry->claim(request_of("niklas", 1))));
}

TEST_F(RegistryTest, a_new_prefix_moves_everybody_and_none_keeps_the_last) {
  const auto claimed = await(open_daemon()->claim(request_of("niklas", 1)));
  RegistryOptions moved = options();
  moved.prefix = *UserPrefix::parse("2001:db8:9:9::/64");
  EXPECT_EQ(Registry::open(state(), moved)->accounts().find(name_of("niklas"))->address,
            moved.prefix->address(claimed->account->interface_id));
  moved.prefix = std::nullopt;
  EXPECT_EQ(Registry::open(state(), moved)->accounts().find(name_of("niklas"))->address,
            UserPrefix::parse("2001:db8:9:9::/64")->address(claimed->account->interface_id));
}

TEST_F(RegistryTest, a_second_daemon_on_the_same_state_is_refused) {
  const auto registry = open_daemon();
  EXPECT_THROW((void)open_daemon(), sqlite::Error);
}

}  // namespace
}  // namespace sisu::relay
