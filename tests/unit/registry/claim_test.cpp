#include "relay/registry/claim.hpp"

#include "tests/unit/registry/registry_fixture.hpp"

#include <algorithm>
#include <cctype>
#include <set>

namespace sisu::relay {
namespace {

using namespace std::chrono_literals;
using test::content_of;
using test::key_of;
using test::name_of;
using test::open_rules;
using test::request_of;
using test::start;

class ClaimTest : public test::RegistryFixture {};

TEST_F(ClaimTest, the_first_who_claims_gets_name_address_and_state) {
  auto registry = open();
  const auto claimed = registry.database.claim(request_of("niklas", 1), start);
  ASSERT_TRUE(claimed) << describe(claimed.error());
  const Account& account = *claimed->account;
  EXPECT_EQ(account.name.to_string(), "niklas");
  EXPECT_EQ(account.key, key_of(1));
  EXPECT_EQ(account.state, AccountState::active);
  EXPECT_EQ(account.tier2, Tier2::off);
  EXPECT_EQ(account.created, start);
  EXPECT_EQ(account.last_seen, std::nullopt);
  EXPECT_EQ(account.invited_by, std::nullopt);
  EXPECT_TRUE(test::prefix.contains(account.address));
  EXPECT_TRUE(same_account(*registry.database.find(key_of(1).fingerprint()), account));
}

TEST_F(ClaimTest, it_is_there_after_a_restart) {
  (void)open().database.claim(request_of("niklas", 1), start);
  EXPECT_TRUE(open().database.find(name_of("niklas")));
}

TEST_F(ClaimTest, upper_case_is_the_same_name) {
  auto registry = open();
  ASSERT_TRUE(registry.database.claim(request_of("Niklas", 1), start));
  EXPECT_EQ(registry.database.claim(request_of("NIKLAS", 2), start).error(), ClaimRefusal::name_taken);
}

TEST_F(ClaimTest, one_key_has_one_name_and_one_name_one_key) {
  auto registry = open();
  ASSERT_TRUE(registry.database.claim(request_of("niklas", 1), start));
  EXPECT_EQ(registry.database.claim(request_of("niklas", 2), start).error(), ClaimRefusal::name_taken);
  EXPECT_EQ(registry.database.claim(request_of("other", 1), start).error(), ClaimRefusal::key_has_a_name);
  EXPECT_EQ(registry.database.claim(request_of("niklas", 1), start).error(), ClaimRefusal::already_yours);
}

TEST_F(ClaimTest, tier_2_begins_as_the_operator_chose) {
  auto registry = open({.policy = ClaimPolicy::open, .tier2_default = Tier2::on});
  EXPECT_EQ(registry.database.claim(request_of("niklas", 1), start)->account->tier2, Tier2::on);
}

TEST_F(ClaimTest, addresses_differ) {
  auto registry = open();
  std::set<IpAddress> addresses;
  for (unsigned i = 1; i <= 100; ++i)
    EXPECT_TRUE(
        addresses.insert(registry.database.claim(request_of("u" + std::to_string(i), i), start)->account->address)
            .second);
}

TEST_F(ClaimTest, a_closed_relay_takes_nobody_not_even_with_an_invite) {
  auto registry = open({.policy = ClaimPolicy::closed});
  const std::string code = registry.database.mint_invites(1, start)->front();
  EXPECT_EQ(registry.database.claim(request_of("niklas", 1), start).error(), ClaimRefusal::policy_closed);
  EXPECT_EQ(registry.database.claim(request_of("niklas", 1, code), start).error(), ClaimRefusal::policy_closed);
}

TEST_F(ClaimTest, without_a_prefix_nobody_can_claim) {
  auto registry = open_registry(state(), OpenedBy::daemon, open_rules());
  EXPECT_EQ(registry.database.claim(request_of("niklas", 1), start).error(), ClaimRefusal::no_address_prefix);
}

TEST_F(ClaimTest, an_invite_is_needed_by_default_and_used_once) {
  auto registry = open({});
  EXPECT_EQ(registry.database.claim(request_of("niklas", 1), start).error(), ClaimRefusal::invite_missing);
  const std::string code = registry.database.mint_invites(1, start)->front();
  ASSERT_TRUE(registry.database.claim(request_of("niklas", 1, code), start));
  EXPECT_EQ(registry.database.claim(request_of("other", 2, code), start).error(), ClaimRefusal::invite_used);
}

TEST_F(ClaimTest, a_refused_claim_does_not_use_its_invite_up) {
  auto registry = open({});
  ASSERT_TRUE(
      registry.database.claim(request_of("niklas", 1, registry.database.mint_invites(1, start)->front()), start));
  const std::string code = registry.database.mint_invites(1, start)->front();
  EXPECT_EQ(registry.database.claim(request_of("niklas", 2, code), start).error(), ClaimRefusal::name_taken);
  EXPECT_TRUE(registry.database.claim(request_of("other", 2, code), start));
}

TEST_F(ClaimTest, invites_fan_out_by_3_2_1_0) {
  auto registry = open({});
  std::string code = registry.database.mint_invites(1, start)->front();
  for (unsigned generation = 0; generation < 4; ++generation) {
    const auto claimed =
        registry.database.claim(request_of("user" + std::to_string(generation), generation + 1, code), start);
    ASSERT_TRUE(claimed);
    ASSERT_EQ(claimed->invite_codes.size(), 3 - generation);
    const auto listed = registry.database.invites_of(claimed->account->id);
    ASSERT_EQ(listed.size(), claimed->invite_codes.size());
    for (const Invite& invite : listed) {
      EXPECT_EQ(invite.grants, 2 - generation);
      EXPECT_NE(std::ranges::find(claimed->invite_codes, invite.code), claimed->invite_codes.end());
    }
    EXPECT_EQ(claimed->account->invited_by.has_value(), generation > 0);
    if (!claimed->invite_codes.empty()) code = claimed->invite_codes.back();
  }
}

TEST_F(ClaimTest, who_comes_without_an_invite_gets_none_to_pass_on) {
  auto registry = open();
  EXPECT_TRUE(registry.database.claim(request_of("niklas", 1), start)->invite_codes.empty());
}

TEST_F(ClaimTest, a_code_may_be_typed_as_people_do) {
  auto registry = open({});
  std::string code = registry.database.mint_invites(1, start)->front();
  std::erase(code, '-');
  for (char& c : code) c = static_cast<char>(std::toupper(c));
  EXPECT_TRUE(registry.database.claim(request_of("niklas", 1, code), start));
}

TEST_F(ClaimTest, invites_of_a_suspended_or_removed_user_are_void) {
  auto registry = open({});
  const auto host =
      registry.database.claim(request_of("alice", 1, registry.database.mint_invites(1, start)->front()), start);
  const std::string code = host->invite_codes.front();
  ASSERT_TRUE(registry.database.set_state(name_of("alice"), AccountState::suspended));
  EXPECT_EQ(registry.database.claim(request_of("bob", 2, code), start).error(), ClaimRefusal::invite_revoked);
  ASSERT_TRUE(registry.database.set_state(name_of("alice"), AccountState::active));
  EXPECT_TRUE(registry.database.claim(request_of("bob", 2, code), start));
  ASSERT_TRUE(registry.database.set_state(name_of("alice"), AccountState::removed));
  EXPECT_EQ(registry.database.claim(request_of("late", 3, host->invite_codes.back()), start).error(),
            ClaimRefusal::invite_revoked);
}

TEST_F(ClaimTest, claims_per_prefix_and_overall_are_limited_within_the_window) {
  ClaimRules rules = open_rules();
  rules.claims_per_prefix = 2;
  rules.claims_overall = 3;
  auto registry = open(rules);
  const auto claim = [&](unsigned number, unsigned source, Time now) {
    return registry.database.claim(request_of("u" + std::to_string(number), number, {}, source), now);
  };
  EXPECT_TRUE(claim(1, 1, start));
  EXPECT_TRUE(claim(2, 1, start + 1h));
  EXPECT_EQ(claim(3, 1, start + 2h).error(), ClaimRefusal::too_many_from_prefix);
  EXPECT_TRUE(claim(3, 2, start + 2h));
  EXPECT_EQ(claim(4, 3, start + 3h).error(), ClaimRefusal::too_many_overall);
  EXPECT_EQ(claim(4, 3, start + 24h - 1s).error(), ClaimRefusal::too_many_overall);
  EXPECT_TRUE(claim(4, 1, start + 24h));
  EXPECT_EQ(claim(5, 1, start + 24h).error(), ClaimRefusal::too_many_from_prefix);
}

TEST_F(ClaimTest, a_restart_resets_no_limit) {
  ClaimRules rules = open_rules();
  rules.claims_per_prefix = 1;
  ASSERT_TRUE(open(rules).database.claim(request_of("a", 1), start));
  EXPECT_EQ(open(rules).database.claim(request_of("b", 2), start).error(), ClaimRefusal::too_many_from_prefix);
}

TEST_F(ClaimTest, refusals_and_log_ins_use_no_limit_up) {
  ClaimRules rules = open_rules();
  rules.claims_per_prefix = 2;
  auto registry = open(rules);
  ASSERT_TRUE(registry.database.claim(request_of("taken", 1), start));
  for (unsigned i = 0; i < 50; ++i)
    EXPECT_EQ(registry.database.claim(request_of("taken", 2), start).error(), ClaimRefusal::name_taken);
  EXPECT_TRUE(registry.database.claim(request_of("free", 2), start));
}

TEST_F(ClaimTest, a_clock_that_was_in_the_future_blocks_nobody_once_it_is_right) {
  ClaimRules rules = open_rules();
  rules.claims_overall = 3;
  auto registry = open(rules);
  ASSERT_TRUE(registry.database.claim(request_of("a", 1), start + 10'000h));
  ASSERT_TRUE(registry.database.claim(request_of("b", 2), start));
  for (unsigned i = 3; i < 5; ++i) EXPECT_TRUE(registry.database.claim(request_of("c" + std::to_string(i), i), start));
}

TEST_F(ClaimTest, every_refusal_is_one_line_that_says_what_to_do_and_has_a_label) {
  for (int i = 0; i <= static_cast<int>(ClaimRefusal::registry_unavailable); ++i) {
    const auto refusal = static_cast<ClaimRefusal>(i);
    EXPECT_NE(describe(refusal).find(": "), std::string_view::npos) << i;
    EXPECT_EQ(describe(refusal).find('\n'), std::string_view::npos) << i;
    EXPECT_FALSE(to_label(refusal).empty()) << i;
  }
  for (int i = 0; i <= static_cast<int>(ChangeRefusal::too_many_invites); ++i)
    EXPECT_NE(describe(static_cast<ChangeRefusal>(i)).find(": "), std::string_view::npos) << i;
}

TEST_F(ClaimTest, refusals_change_nothing) {
  ClaimRules rules;
  rules.claims_per_prefix = 2;
  auto registry = open(rules);
  const auto codes = *registry.database.mint_invites(3, start);
  const std::string revoked = registry.database.mint_invites(1, start)->front();
  for (const Invite& invite : registry.database.invites())
    if (invite.code == revoked) (void)registry.database.revoke_invite(invite.id, {}, start);
  ASSERT_TRUE(registry.database.claim(request_of("taken", 1, codes[0]), start));
  ASSERT_TRUE(registry.database.claim(request_of("gone", 2, codes[1]), start));
  ASSERT_TRUE(registry.database.set_state(name_of("gone"), AccountState::removed));
  const std::string before = content_of(registry.database);
  const std::pair<ClaimRequest, ClaimRefusal> refused[] = {
      {request_of("taken", 1, codes[2]), ClaimRefusal::already_yours},
      {request_of("taken", 9, codes[2]), ClaimRefusal::name_taken},
      {request_of("gone", 9, codes[2]), ClaimRefusal::name_retired},
      {request_of("free", 1, codes[2]), ClaimRefusal::key_has_a_name},
      {request_of("free", 2, codes[2]), ClaimRefusal::key_retired},
      {request_of("free", 9, codes[2], 0), ClaimRefusal::too_many_from_prefix},
      {request_of("free", 9, {}, 5), ClaimRefusal::invite_missing},
      {request_of("free", 9, codes[0], 5), ClaimRefusal::invite_used},
      {request_of("free", 9, revoked, 5), ClaimRefusal::invite_revoked},
      {request_of("free", 9, "0000-0000-0000-0000-0000-0000", 5), ClaimRefusal::invite_unknown},
  };
  for (const auto& [request, refusal] : refused) {
    const auto claimed = registry.database.claim(request, start);
    ASSERT_FALSE(claimed) << to_label(refusal);
    EXPECT_EQ(to_label(claimed.error()), to_label(refusal));
    EXPECT_EQ(content_of(registry.database), before) << to_label(refusal);
  }
}

TEST_F(ClaimTest, a_full_disk_refuses_and_changes_nothing) {
  auto registry = open();
  ASSERT_TRUE(registry.database.claim(request_of("first", 1), start));
  const std::string before = content_of(registry.database);
  registry.database.database().run("PRAGMA max_page_count = 1");  // as many as there are
  unsigned claimed = 0;
  try {
    for (unsigned i = 2; i < 1000; ++i, ++claimed)
      ASSERT_TRUE(registry.database.claim(request_of("u" + std::to_string(i), i, {}, i), start));
    FAIL() << "never full";
  } catch (const sqlite::Error& error) {
    EXPECT_EQ(error.kind(), sqlite::ErrorKind::full);
  }
  EXPECT_EQ(registry.database.accounts().size(), claimed + 1);
  registry.database.database().run("PRAGMA max_page_count = 1000000");
  EXPECT_TRUE(registry.database.claim(request_of("last", 5000), start));
}

}  // namespace
}  // namespace sisu::relay
