#include "relay/registry/account_directory.hpp"

#include "tests/unit/registry/registry_fixture.hpp"

#include <algorithm>
#include <atomic>
#include <thread>

namespace sisu::relay {
namespace {

using test::key_of;
using test::name_of;

AccountPtr account(unsigned number, AccountState state = AccountState::active) {
  const InterfaceId interface = InterfaceId::parse("00000000000abcde").value();
  return std::make_shared<const Account>(Account{.id = AccountId{number},
                                                 .name = name_of("u" + std::to_string(number)),
                                                 .key = key_of(number),
                                                 .interface_id = interface,
                                                 .address = test::prefix.address(interface),
                                                 .state = state,
                                                 .tier2 = Tier2::off,
                                                 .created = test::start,
                                                 .last_seen = {},
                                                 .invited_by = {}});
}

AccountPtr seen(const AccountPtr& account) {
  Account copy = *account;
  copy.last_seen = test::start;
  return std::make_shared<const Account>(copy);
}

TEST(AccountDirectory, accounts_are_found_by_name_and_by_key) {
  AccountDirectory directory;
  const AccountChange change = directory.put(account(1));
  EXPECT_EQ(change.before, nullptr);
  EXPECT_FALSE(change.ends_sessions());
  EXPECT_EQ(directory.find(name_of("u1")), change.after);
  EXPECT_EQ(directory.find(key_of(1).fingerprint()), change.after);
  EXPECT_EQ(directory.find(name_of("u2")), nullptr);
  EXPECT_EQ(directory.find(key_of(2).fingerprint()), nullptr);
  EXPECT_EQ(directory.size(), 1U);
}

TEST(AccountDirectory, a_suspension_ends_sessions_a_restoration_does_not) {
  AccountDirectory directory;
  (void)directory.put(account(1));
  EXPECT_TRUE(directory.put(account(1, AccountState::suspended)).ends_sessions());
  EXPECT_FALSE(directory.put(account(1, AccountState::active)).ends_sessions());
  EXPECT_TRUE(directory.put(account(1, AccountState::removed)).ends_sessions());
}

TEST(AccountDirectory, replacing_gives_what_differs) {
  AccountDirectory directory;
  (void)directory.replace({account(1), account(2), account(3)}, {});
  const auto changes = directory.replace({seen(account(1)), account(2, AccountState::suspended), account(4)}, {});
  ASSERT_EQ(changes.size(), 3U);
  EXPECT_EQ(changes[0].after->state, AccountState::suspended);
  EXPECT_EQ(changes[1].before, nullptr);
  EXPECT_EQ(changes[1].after->id, AccountId{4});
  EXPECT_EQ(changes[2].before->id, AccountId{3});
  EXPECT_EQ(changes[2].after, nullptr);
  EXPECT_TRUE(changes[2].ends_sessions());
  EXPECT_EQ(directory.find(key_of(3).fingerprint()), nullptr);
}

TEST(AccountDirectory, a_name_that_went_to_somebody_else_ends_the_former_owners_sessions) {
  AccountDirectory directory;
  (void)directory.replace({account(1)}, {});
  Account newcomer = *account(2);
  newcomer.name = name_of("u1");
  const auto changes = directory.replace({std::make_shared<const Account>(newcomer)}, {});
  EXPECT_TRUE(std::ranges::any_of(changes, [](const AccountChange& change) {
    return change.ends_sessions() && change.before->id == AccountId{1};
  }));
}

TEST(AccountDirectory, a_claim_that_is_faster_than_the_look_at_a_purge_ends_the_former_owners_sessions_too) {
  AccountDirectory directory;
  (void)directory.put(account(1));
  Account newcomer = *account(2);
  newcomer.name = name_of("u1");
  EXPECT_TRUE(directory.put(std::make_shared<const Account>(newcomer)).ends_sessions());
}

TEST(AccountDirectory, what_is_retired_is_known) {
  AccountDirectory directory;
  (void)directory.replace({}, {.names = {"former"}, .keys = {key_of(7).fingerprint()}});
  EXPECT_TRUE(directory.is_retired(name_of("former")));
  EXPECT_TRUE(directory.is_retired(key_of(7).fingerprint()));
  EXPECT_FALSE(directory.is_retired(name_of("other")));
  EXPECT_FALSE(directory.is_retired(key_of(8).fingerprint()));
}

TEST(AccountDirectory, readers_see_one_state_or_the_other_while_it_is_replaced) {
  AccountDirectory directory;
  (void)directory.replace({account(1), account(2)}, {});
  std::atomic<bool> done = false;
  std::atomic<unsigned> missed = 0;
  std::vector<std::jthread> readers;
  for (int i = 0; i < 2; ++i)
    readers.emplace_back([&] {
      while (!done)
        if (!directory.find(name_of("u1")) || !directory.find(key_of(2).fingerprint())) ++missed;
    });
  for (int i = 0; i < 200; ++i) (void)directory.replace({account(1), account(2)}, {});
  done = true;
  readers.clear();
  EXPECT_EQ(missed, 0U);
}

}  // namespace
}  // namespace sisu::relay
