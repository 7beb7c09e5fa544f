#include "relay/gateway/registry_accounts.hpp"

#include "common/sqlite/error.hpp"
#include "tests/support/run_coroutine.hpp"
#include "tests/support/scratch_directory.hpp"

#include <asio/io_context.hpp>
#include <gtest/gtest.h>

#include <deque>
#include <optional>

namespace sisu::relay::gateway {
namespace {

ssh::PublicKey some_key() { return ssh::PrivateKey::generate().public_key(); }
AccountName name_of(std::string_view text) { return AccountName::parse(text).value(); }

class RegistryAccountsTest : public testing::Test {
 public:
  RegistryAccountsTest() { options.rules.policy = ClaimPolicy::open; }

  asio::awaitable<void> claim_now(std::string_view name, const ssh::PublicKey& key) {
    ClaimRequest request{name_of(name), UserKey::parse(key.to_openssh()).value(), {}, IpAddress()};
    const auto claimed = co_await accounts->registry()->claim(std::move(request));
    EXPECT_TRUE(claimed.has_value());
  }
  void claim(std::string_view name, const ssh::PublicKey& key) { run(claim_now(name, key)); }

  asio::awaitable<void> set_state_now(std::string_view name, AccountState state) {
    const auto changed = co_await accounts->registry()->set_state(name_of(name), state);
    EXPECT_TRUE(changed.has_value());
  }
  void set_state(std::string_view name, AccountState state) { run(set_state_now(name, state)); }

  asio::awaitable<void> set_tier2_now(std::string_view name, Tier2 tier2) {
    const auto changed = co_await accounts->registry()->set_tier2(name_of(name), tier2);
    EXPECT_TRUE(changed.has_value());
  }

  void run(asio::awaitable<void> body) {
    test::run_all(loop, std::move(body));
    loop.restart();
  }

  std::string refusal(const std::string& user, const ssh::PublicKey& key) {
    const auto refused = accounts->log_in(user, key);
    return refused ? "let in" : refused.error();
  }

  /// What a follower is told, in order.
  std::unique_ptr<Accounts::Following> follow(const Account& account) {
    return accounts->follow(account, [this](Result<Account, std::string> now) {
      const std::lock_guard lock(mutex);
      told.push_back(std::move(now));
    });
  }
  std::optional<Result<Account, std::string>> next_told() {
    const std::lock_guard lock(mutex);
    if (told.empty()) return std::nullopt;
    auto now = std::move(told.front());
    told.pop_front();
    return now;
  }

  RegistryOptions options{
      .rules = {}, .prefix = UserPrefix::parse("2001:db8:5157::/64"), .on_change = {}, .logger = {}};
  std::multimap<std::string, Endpoint> ipv4;
  test::ScratchDirectory scratch;
  asio::io_context loop{1};
  std::mutex mutex;
  std::deque<Result<Account, std::string>> told;
  std::unique_ptr<RegistryAccounts> accounts;

  void open() {
    ZoneSettings settings{mail::DomainName::parse("sisu.test").value(), 2525, ipv4};
    accounts = std::make_unique<RegistryAccounts>(scratch.path(), options, std::move(settings));
  }
};

TEST_F(RegistryAccountsTest, a_known_key_under_its_name_has_an_address_and_a_mail_domain_of_its_own) {
  open();
  const auto key = some_key();
  claim("niklas", key);
  const auto account = std::get<Account>(accounts->log_in("niklas", key).value());
  EXPECT_EQ(account.name, "niklas");
  EXPECT_EQ(account.mail_domain, "niklas.sisu.test");
  EXPECT_EQ(account.host, "niklas.v6.sisu.test");
  ASSERT_EQ(account.addresses.size(), 1U);
  EXPECT_TRUE(options.prefix->contains(account.addresses[0].address));
  EXPECT_EQ(account.addresses[0].port, 2525);
}

TEST_F(RegistryAccountsTest, upper_case_is_folded) {
  open();
  const auto key = some_key();
  EXPECT_EQ(std::get<Newcomer>(accounts->log_in("NikLas", key).value()).name, "niklas");
  claim("niklas", key);
  EXPECT_EQ(std::get<Account>(accounts->log_in("NIKLAS", key).value()).name, "niklas");
}

TEST_F(RegistryAccountsTest, a_user_has_the_ipv4_addresses_that_were_given_to_the_name) {
  const Endpoint first = Endpoint::parse("192.0.2.1:25").value();
  const Endpoint second = Endpoint::parse("192.0.2.2:2525").value();
  ipv4 = {{"niklas", first}, {"otto", Endpoint::parse("192.0.2.3:25").value()}, {"niklas", second}};
  open();
  const auto key = some_key();
  claim("niklas", key);
  const auto account = std::get<Account>(accounts->log_in("niklas", key).value());
  ASSERT_EQ(account.addresses.size(), 3U);
  EXPECT_TRUE(account.addresses[0].address.is_v6());
  EXPECT_EQ(account.addresses[1], first);
  EXPECT_EQ(account.addresses[2], second);
}

TEST_F(RegistryAccountsTest, an_unknown_key_under_a_free_name_is_a_newcomer) {
  open();
  EXPECT_TRUE(std::holds_alternative<Newcomer>(accounts->log_in("niklas", some_key()).value()));
}

TEST_F(RegistryAccountsTest, whoever_is_refused_reads_why) {
  open();
  const auto key = some_key();
  claim("niklas", key);
  EXPECT_NE(refusal("niklas", some_key()).find("belongs to another key"), std::string::npos);
  EXPECT_NE(refusal("otto", key).find("another name"), std::string::npos);
  EXPECT_NE(refusal("postmaster", some_key()), "let in");
  EXPECT_NE(refusal("xn--mnchen-3ya", some_key()), "let in");
  EXPECT_NE(refusal("a.b", some_key()), "let in");
  EXPECT_NE(refusal("", some_key()), "let in");
  set_state("niklas", AccountState::suspended);
  EXPECT_NE(refusal("niklas", key).find("suspended"), std::string::npos);
  set_state("niklas", AccountState::removed);
  EXPECT_NE(refusal("niklas", key).find("removed"), std::string::npos);
}

TEST_F(RegistryAccountsTest, followers_are_told_of_changes_to_their_account_alone) {
  open();
  const auto key = some_key();
  const auto other_key = some_key();
  claim("niklas", key);
  claim("otto", other_key);
  const auto following = follow(std::get<Account>(accounts->log_in("niklas", key).value()));
  set_state("otto", AccountState::suspended);
  EXPECT_FALSE(next_told());
  run(set_tier2_now("niklas", Tier2::on));
  const auto changed = next_told();
  ASSERT_TRUE(changed && *changed);
  EXPECT_EQ((**changed).registered->tier2, Tier2::on);
  set_state("niklas", AccountState::suspended);
  const auto ended = next_told();
  ASSERT_TRUE(ended && !*ended);
  EXPECT_NE(ended->error().find("suspended"), std::string::npos);
}

TEST_F(RegistryAccountsTest, a_change_between_log_in_and_follow_is_told_at_once) {
  open();
  const auto key = some_key();
  claim("niklas", key);
  const auto account = std::get<Account>(accounts->log_in("niklas", key).value());
  set_state("niklas", AccountState::suspended);
  const auto following = follow(account);
  const auto ended = next_told();
  ASSERT_TRUE(ended && !*ended);
  EXPECT_NE(ended->error().find("suspended"), std::string::npos);
}

TEST_F(RegistryAccountsTest, whoever_stopped_following_is_told_nothing_more) {
  open();
  const auto key = some_key();
  claim("niklas", key);
  auto following = follow(std::get<Account>(accounts->log_in("niklas", key).value()));
  following.reset();
  set_state("niklas", AccountState::removed);
  EXPECT_FALSE(next_told());
}

TEST_F(RegistryAccountsTest, a_second_relay_on_the_same_registry_is_refused) {
  open();
  ZoneSettings settings{mail::DomainName::parse("sisu.test").value(), 2525};
  EXPECT_THROW(RegistryAccounts(scratch.path(), options, std::move(settings)), sqlite::Error);
}

}  // namespace
}  // namespace sisu::relay::gateway
