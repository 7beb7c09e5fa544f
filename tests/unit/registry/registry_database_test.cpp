#include "relay/registry/registry_database.hpp"

#include "tests/unit/registry/registry_fixture.hpp"

#include <algorithm>

namespace sisu::relay {
namespace {

using namespace std::chrono_literals;
using test::name_of;
using test::request_of;
using test::start;

class RegistryDatabaseTest : public test::RegistryFixture {
 protected:
  RegistryDatabaseTest() : registry_(open()) { niklas_ = registry().claim(request_of("niklas", 1), start)->account; }
  RegistryDatabase& registry() { return registry_.database; }

  OpenedRegistry registry_;
  AccountPtr niklas_;
  AccountName name_ = name_of("niklas");
};

TEST_F(RegistryDatabaseTest, an_account_is_suspended_and_restored) {
  const auto suspended = registry().set_state(name_, AccountState::suspended);
  ASSERT_TRUE(suspended);
  EXPECT_EQ((*suspended)->state, AccountState::suspended);
  EXPECT_EQ(registry().find(name_)->state, AccountState::suspended);
  EXPECT_EQ(registry().set_state(name_, AccountState::active).value()->state, AccountState::active);
}

TEST_F(RegistryDatabaseTest, removed_is_for_good) {
  ASSERT_TRUE(registry().set_state(name_, AccountState::removed));
  for (const auto state : {AccountState::active, AccountState::suspended})
    EXPECT_EQ(registry().set_state(name_, state).error(), ChangeRefusal::removed);
  EXPECT_EQ(registry().set_state(name_, AccountState::removed).error(), ChangeRefusal::already_so);
  EXPECT_EQ(registry().set_tier2(name_, Tier2::on).error(), ChangeRefusal::removed);
  EXPECT_EQ(registry().find(name_)->address, niklas_->address);
}

TEST_F(RegistryDatabaseTest, what_is_so_already_or_nobodys_is_refused) {
  EXPECT_EQ(registry().set_state(name_, AccountState::active).error(), ChangeRefusal::already_so);
  EXPECT_EQ(registry().set_tier2(name_, Tier2::off).error(), ChangeRefusal::already_so);
  const AccountName nobody = name_of("nobody-here");
  EXPECT_EQ(registry().set_state(nobody, AccountState::suspended).error(), ChangeRefusal::no_such_account);
  EXPECT_EQ(registry().set_tier2(nobody, Tier2::on).error(), ChangeRefusal::no_such_account);
  EXPECT_EQ(registry().purge(nobody, PurgedName::kept).error(), ChangeRefusal::no_such_account);
}

TEST_F(RegistryDatabaseTest, tier_2_is_switched) {
  EXPECT_EQ(registry().set_tier2(name_, Tier2::on).value()->tier2, Tier2::on);
  EXPECT_EQ(registry().find(name_)->tier2, Tier2::on);
}

TEST_F(RegistryDatabaseTest, only_a_removed_account_is_purged) {
  EXPECT_EQ(registry().purge(name_, PurgedName::kept).error(), ChangeRefusal::not_removed);
  ASSERT_TRUE(registry().set_state(name_, AccountState::suspended));
  EXPECT_EQ(registry().purge(name_, PurgedName::released).error(), ChangeRefusal::not_removed);
  EXPECT_TRUE(registry().find(name_));
}

TEST_F(RegistryDatabaseTest, a_purge_forgets_the_account_and_retires_what_it_had) {
  ASSERT_TRUE(registry().set_state(name_, AccountState::removed));
  ASSERT_TRUE(registry().purge(name_, PurgedName::kept));
  EXPECT_FALSE(registry().find(name_));
  EXPECT_TRUE(registry().accounts().empty());
  EXPECT_TRUE(registry().retired().names.contains("niklas"));
  EXPECT_TRUE(registry().retired().keys.contains(test::key_of(1).fingerprint()));
}

TEST_F(RegistryDatabaseTest, a_released_name_is_free_for_another_key_with_another_address) {
  ASSERT_TRUE(registry().set_state(name_, AccountState::removed));
  ASSERT_TRUE(registry().purge(name_, PurgedName::released));
  EXPECT_EQ(registry().claim(request_of("niklas", 1), start).error(), ClaimRefusal::key_retired);
  const auto newcomer = registry().claim(request_of("niklas", 2), start);
  ASSERT_TRUE(newcomer);
  EXPECT_NE(newcomer->account->address, niklas_->address);
  EXPECT_NE(newcomer->account->id, niklas_->id);
}

TEST_F(RegistryDatabaseTest, last_seen_is_written_in_a_batch_and_never_moves_back) {
  const std::pair<AccountId, Time> times[] = {{niklas_->id, start + 10min}, {AccountId{999}, start}};
  registry().set_last_seen(times);
  EXPECT_EQ(registry().find(name_)->last_seen, start + 10min);
  const std::pair<AccountId, Time> earlier[] = {{niklas_->id, start + 5min}};
  registry().set_last_seen(earlier);
  EXPECT_EQ(registry().find(name_)->last_seen, start + 10min);
}

TEST_F(RegistryDatabaseTest, accounts_are_listed_by_name) {
  ASSERT_TRUE(registry().claim(request_of("zoe", 2), start));
  ASSERT_TRUE(registry().claim(request_of("anna", 3), start));
  std::vector<std::string> names;
  for (const AccountPtr& account : registry().accounts()) names.push_back(account->name.to_string());
  EXPECT_EQ(names, (std::vector<std::string>{"anna", "niklas", "zoe"}));
}

TEST_F(RegistryDatabaseTest, another_prefix_moves_addresses_and_keeps_identifiers) {
  const auto moved = *UserPrefix::parse("2001:db8:9:9::/64");
  registry().set_prefix(moved);
  EXPECT_EQ(registry().find(name_)->address, moved.address(niklas_->interface_id));
}

TEST_F(RegistryDatabaseTest, invites_are_minted_listed_and_revoked) {
  const auto codes = registry().mint_invites(3, start);
  ASSERT_TRUE(codes);
  ASSERT_EQ(codes->size(), 3U);
  const auto listed = registry().invites();
  ASSERT_EQ(listed.size(), 3U);
  for (const Invite& invite : listed) {
    EXPECT_EQ(invite.state, InviteState::open);
    EXPECT_EQ(invite.grants, 3U);
    EXPECT_NE(std::ranges::find(*codes, invite.code), codes->end());
  }
  ASSERT_TRUE(registry().revoke_invite(listed[0].id, {}, start));
  EXPECT_EQ(registry().claim(request_of("other", 2, listed[0].code), start).error(), ClaimRefusal::invite_revoked);
  ASSERT_TRUE(registry().claim(request_of("other", 2, listed[1].code), start));
  for (const Invite& invite : registry().invites()) {
    const bool is_revoked = invite.id == listed[0].id;
    const bool is_used = invite.id == listed[1].id;
    EXPECT_EQ(invite.state, is_revoked ? InviteState::revoked : is_used ? InviteState::used : InviteState::open);
    EXPECT_EQ(invite.used_by.value_or(""), is_used ? "other" : "");
    EXPECT_EQ(invite.code.has_value(), !is_revoked && !is_used);
  }
}

TEST_F(RegistryDatabaseTest, spent_and_unknown_invites_cannot_be_revoked) {
  ASSERT_TRUE(registry().mint_invites(1, start));
  const Invite invite = registry().invites().front();
  EXPECT_EQ(registry().revoke_invite(InviteId::random(), {}, start).error(), ChangeRefusal::no_such_invite);
  ASSERT_TRUE(registry().claim(request_of("other", 2, invite.code), start));
  EXPECT_EQ(registry().revoke_invite(invite.id, {}, start).error(), ChangeRefusal::invite_is_spent);
}

TEST_F(RegistryDatabaseTest, a_user_can_revoke_only_their_own_invites) {
  const auto host = registry().claim(request_of("host", 2, registry().mint_invites(1, start)->front()), start);
  const InviteId own = registry().invites_of(host->account->id).front().id;
  EXPECT_EQ(registry().revoke_invite(own, niklas_->id, start).error(), ChangeRefusal::no_such_invite);
  EXPECT_TRUE(registry().revoke_invite(own, host->account->id, start));
  EXPECT_EQ(registry().revoke_invite(own, host->account->id, start).error(), ChangeRefusal::invite_is_spent);
  EXPECT_TRUE(registry().invites_of(niklas_->id).empty());
}

TEST_F(RegistryDatabaseTest, the_number_of_invites_at_once_is_limited) {
  EXPECT_EQ(registry().mint_invites(0, start).error(), ChangeRefusal::too_many_invites);
  EXPECT_EQ(registry().mint_invites(RegistryDatabase::mint_limit + 1, start).error(), ChangeRefusal::too_many_invites);
  EXPECT_EQ(registry().mint_invites(RegistryDatabase::mint_limit, start)->size(), RegistryDatabase::mint_limit);
}

TEST_F(RegistryDatabaseTest, a_row_that_holds_no_account_is_an_error_that_names_it) {
  registry().database().run(
      "INSERT INTO users(name, public_key, fingerprint, interface_id, state, tier2, created) VALUES ('bad', "
      "'ssh-ed25519 nonsense', 'SHA256:0123456789012345678901234567890123456789012', '00000000000abcde', 'active', 0, "
      "0)");
  try {
    (void)registry().accounts();
    FAIL() << "it was read";
  } catch (const sqlite::Error& error) {
    EXPECT_EQ(error.kind(), sqlite::ErrorKind::corrupt);
    EXPECT_NE(std::string(error.what()).find("user 2"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace sisu::relay
