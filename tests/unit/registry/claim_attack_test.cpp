// Known attacks on names, each as a test of its name.
#include "tests/unit/registry/registry_fixture.hpp"

namespace sisu::relay {
namespace {

using namespace std::chrono_literals;
using test::content_of;
using test::name_of;
using test::open_rules;
using test::request_of;
using test::start;

class ClaimAttack : public test::RegistryFixture {};

// One network, a key per claim, as fast as it can, for a day.
TEST_F(ClaimAttack, squatting_flood_from_one_network_is_held_to_its_limit) {
  ClaimRules rules = open_rules();
  rules.claims_per_prefix = 10;
  auto registry = open(rules);
  unsigned granted = 0;
  for (unsigned i = 1; i <= 500; ++i)
    if (registry.database.claim(request_of("squat" + std::to_string(i), i), start + i * 100s)) ++granted;
  EXPECT_EQ(granted, 10U);
  EXPECT_TRUE(registry.database.claim(request_of("neighbour", 9999, {}, 1), start));
}

// A whole /64 (one subscriber) of IPv6, and a /24 of IPv4, count as one.
TEST_F(ClaimAttack, squatting_flood_with_an_address_for_each_claim_is_one_network) {
  ClaimRules rules = open_rules();
  rules.claims_per_prefix = 3;
  auto registry = open(rules);
  unsigned granted = 0;
  for (unsigned i = 1; i <= 50; ++i) {
    ClaimRequest request = request_of("six" + std::to_string(i), i);
    request.source = *IpAddress::parse("2001:db8:bad:1::" + std::to_string(i));
    if (registry.database.claim(request, start)) ++granted;
    request = request_of("four" + std::to_string(i), i + 100);
    request.source = *IpAddress::parse("192.0.2." + std::to_string(i));
    if (registry.database.claim(request, start)) ++granted;
  }
  EXPECT_EQ(granted, 6U);
}

TEST_F(ClaimAttack, squatting_flood_from_everywhere_is_held_to_the_overall_limit) {
  ClaimRules rules = open_rules();
  rules.claims_overall = 50;
  auto registry = open(rules);
  unsigned granted = 0;
  for (unsigned i = 1; i <= 300; ++i)
    if (registry.database.claim(request_of("squat" + std::to_string(i), i, {}, i), start)) ++granted;
  EXPECT_EQ(granted, 50U);
}

TEST_F(ClaimAttack, invite_guessing_is_stopped_even_when_the_next_guess_is_right) {
  auto registry = open({.wrong_invites_per_prefix = 10});
  const std::string right = registry.database.mint_invites(1, start)->front();
  const auto guess = [&](const std::string& code, unsigned source, Time now) {
    return registry.database.claim(request_of("niklas", 1, code, source), now);
  };
  for (unsigned i = 0; i < 10; ++i)
    EXPECT_EQ(guess(InviteKey::random().code_of(InviteId::random()).to_text(), 1, start).error(),
              ClaimRefusal::invite_unknown);
  EXPECT_EQ(guess(right, 1, start).error(), ClaimRefusal::too_many_wrong_invites);
  EXPECT_EQ(guess(right, 1, start + 1h - 1s).error(), ClaimRefusal::too_many_wrong_invites);
  EXPECT_TRUE(guess(right, 2, start)) << "others are not held up";
}

TEST_F(ClaimAttack, invite_guessing_may_go_on_after_its_window) {
  auto registry = open({.wrong_invites_per_prefix = 1});
  const std::string right = registry.database.mint_invites(1, start)->front();
  EXPECT_FALSE(registry.database.claim(request_of("niklas", 1, "nonsense"), start));
  EXPECT_TRUE(registry.database.claim(request_of("niklas", 1, right), start + 1h));
}

TEST_F(ClaimAttack, invite_codes_of_odd_forms_are_only_wrong) {
  auto registry = open({.wrong_invites_per_prefix = 1000});
  for (const std::string& code : {std::string(), std::string("-"), std::string(1'000'000, 'a'), std::string(24, '\0'),
                                  std::string("' OR 1=1 --"), std::string("\xFF\xFE"), std::string(24, 'u')})
    EXPECT_EQ(registry.database.claim(request_of("niklas", 1, code), start).error(), ClaimRefusal::invite_unknown);
}

TEST_F(ClaimAttack, invite_codes_are_not_in_the_database) {
  std::string code;
  {
    auto registry = open({});
    code = registry.database.mint_invites(1, start)->front();
    registry.database.database().run("PRAGMA wal_checkpoint(TRUNCATE)");
  }
  std::string digits = code;
  std::erase(digits, '-');
  const std::string bytes = sisu::test::read_file(files().database);
  EXPECT_EQ(bytes.find(code), std::string::npos);
  EXPECT_EQ(bytes.find(digits), std::string::npos);
  EXPECT_NE(bytes.find("code_hash"), std::string::npos);
}

TEST_F(ClaimAttack, replayed_claim_gives_nothing_more) {
  auto registry = open({});
  const std::string code = registry.database.mint_invites(1, start)->front();
  ASSERT_TRUE(registry.database.claim(request_of("niklas", 1, code), start));
  const std::string before = content_of(registry.database);
  EXPECT_EQ(registry.database.claim(request_of("niklas", 1, code), start).error(), ClaimRefusal::already_yours);
  EXPECT_EQ(registry.database.claim(request_of("second", 2, code), start).error(), ClaimRefusal::invite_used);
  EXPECT_EQ(content_of(registry.database), before);
}

TEST_F(ClaimAttack, claim_of_a_removed_name_is_refused_before_and_after_its_purge) {
  auto registry = open();
  ASSERT_TRUE(registry.database.claim(request_of("former", 1), start));
  ASSERT_TRUE(registry.database.set_state(name_of("former"), AccountState::removed));
  EXPECT_EQ(registry.database.claim(request_of("former", 2), start).error(), ClaimRefusal::name_retired);
  EXPECT_EQ(registry.database.claim(request_of("former", 1), start).error(), ClaimRefusal::key_retired);
  ASSERT_TRUE(registry.database.purge(name_of("former"), PurgedName::kept));
  EXPECT_EQ(registry.database.claim(request_of("former", 2), start).error(), ClaimRefusal::name_retired);
  EXPECT_EQ(registry.database.claim(request_of("former", 1), start).error(), ClaimRefusal::key_retired);
  EXPECT_EQ(registry.database.claim(request_of("fresh", 1), start).error(), ClaimRefusal::key_retired);
}

TEST_F(ClaimAttack, another_users_key_cannot_take_or_share_a_name) {
  auto registry = open();
  ASSERT_TRUE(registry.database.claim(request_of("alice", 1), start));
  ASSERT_TRUE(registry.database.claim(request_of("bob", 2), start));
  EXPECT_EQ(registry.database.claim(request_of("alice", 2), start).error(), ClaimRefusal::key_has_a_name);
  EXPECT_EQ(registry.database.claim(request_of("alice", 3), start).error(), ClaimRefusal::name_taken);
  EXPECT_EQ(registry.database.find(name_of("alice"))->key, test::key_of(1));
}

// Whatever code runs: the tables themselves refuse.
TEST_F(ClaimAttack, the_schema_itself_refuses_to_hand_out_what_was_retired) {
  auto registry = open();
  const auto claimed = registry.database.claim(request_of("former", 1), start);
  const std::string interface = claimed->account->interface_id.to_string();
  const std::string fingerprint = test::key_of(1).fingerprint().to_string();
  ASSERT_TRUE(registry.database.set_state(name_of("former"), AccountState::removed));
  ASSERT_TRUE(registry.database.purge(name_of("former"), PurgedName::released));
  const auto insert = [&](const std::string& name, unsigned key, const std::string& print, const std::string& id) {
    registry.database.database()
        .prepare(
            "INSERT INTO users(name, public_key, fingerprint, interface_id, state, tier2, created) "
            "VALUES (?, ?, ?, ?, 'active', 0, 0)")
        .execute({name, test::key_of(key).to_openssh(), print, id});
  };
  const std::string other = test::key_of(2).fingerprint().to_string();
  EXPECT_THROW(insert("fresh", 1, fingerprint, "00000000000abcde"), sqlite::Error);
  EXPECT_THROW(insert("fresh", 2, other, interface), sqlite::Error);
  EXPECT_THROW(insert("fresh", 2, other, "000000000000abcd"), sqlite::Error) << "the low 2^16";
  EXPECT_THROW(insert("No Name", 2, other, "00000000000abcde"), sqlite::Error);
  EXPECT_NO_THROW(insert("former", 2, other, "00000000000abcde")) << "the name was released";
  const auto run = [&](const char* sql) { registry.database.database().run(sql); };
  EXPECT_THROW(run("UPDATE users SET public_key = 'ssh-ed25519 x'"), sqlite::Error);
  EXPECT_THROW(run("UPDATE users SET name = 'x'"), sqlite::Error);
  EXPECT_THROW(run("DELETE FROM users"), sqlite::Error) << "not removed";
  run("UPDATE users SET state = 'removed'");
  EXPECT_THROW(run("UPDATE users SET state = 'active'"), sqlite::Error);
}

}  // namespace
}  // namespace sisu::relay
