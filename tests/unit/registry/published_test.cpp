// What users publish in DNS: how it is kept, migrated, swept, and taken along by removal.
#include "common/sqlite/backup.hpp"
#include "common/sqlite/transaction.hpp"
#include "relay/registry/registry_check.hpp"
#include "relay/registry/registry_restore.hpp"
#include "relay/registry/schema.hpp"
#include "tests/unit/registry/registry_fixture.hpp"

namespace sisu::relay {
namespace {

using namespace std::chrono_literals;
using test::key_of;
using test::name_of;
using test::request_of;
using test::start;

SpkiDigest digest_of(char digit) { return SpkiDigest::parse(std::string(64, digit)).value(); }
ChallengeValue challenge_of(char letter) { return ChallengeValue::parse(std::string(43, letter)).value(); }
AcmeAccountUri uri_of(std::string_view text) { return AcmeAccountUri::parse(text).value(); }

class PublishedTest : public test::RegistryFixture {
 protected:
  PublishedTest() {
    registry_.emplace(open());
    niklas_ = registry().claim(request_of("niklas", 1), start)->account->id;
  }
  RegistryDatabase& registry() { return registry_->database; }
  Published published() { return registry().find(name_)->published; }
  void publish_something() {
    ASSERT_TRUE(registry().set_tlsa(niklas_, {digest_of('a'), digest_of('b')}));
    ASSERT_TRUE(registry().set_acme_account(niklas_, uri_of("https://ca.example/1")));
    ASSERT_TRUE(registry().add_challenge(niklas_, challenge_of('x'), start));
  }
  std::int64_t rows() {
    return registry().database().integer(
        "SELECT (SELECT count(*) FROM tlsa) + (SELECT count(*) FROM acme_accounts) + (SELECT count(*) FROM "
        "challenges)");
  }

  std::optional<OpenedRegistry> registry_;
  AccountId niklas_{};
  AccountName name_ = name_of("niklas");
};

TEST_F(PublishedTest, a_new_account_publishes_nothing) { EXPECT_EQ(published(), Published()); }

TEST_F(PublishedTest, a_set_of_digests_replaces_the_former_one) {
  const auto changed = registry().set_tlsa(niklas_, {digest_of('a'), digest_of('b')});
  ASSERT_TRUE(changed);
  EXPECT_EQ((*changed)->published.tlsa, (std::set{digest_of('a'), digest_of('b')}));
  ASSERT_TRUE(registry().set_tlsa(niklas_, {digest_of('b'), digest_of('c')}));
  EXPECT_EQ(published().tlsa, (std::set{digest_of('b'), digest_of('c')}));
}

TEST_F(PublishedTest, a_fifth_digest_is_refused_and_the_former_set_stays) {
  const std::set four{digest_of('a'), digest_of('b'), digest_of('c'), digest_of('d')};
  ASSERT_TRUE(registry().set_tlsa(niklas_, four));
  auto five = four;
  five.insert(digest_of('e'));
  EXPECT_EQ(registry().set_tlsa(niklas_, five).error(), ChangeRefusal::too_many_tlsa);
  EXPECT_EQ(published().tlsa, four);
}

TEST_F(PublishedTest, an_acme_account_is_bound_changed_and_unbound) {
  ASSERT_TRUE(registry().set_acme_account(niklas_, uri_of("https://ca.example/1")));
  ASSERT_TRUE(registry().set_acme_account(niklas_, uri_of("https://ca.example/2")));
  EXPECT_EQ(published().acme_account, uri_of("https://ca.example/2"));
  ASSERT_TRUE(registry().set_acme_account(niklas_, std::nullopt));
  EXPECT_EQ(published().acme_account, std::nullopt);
}

TEST_F(PublishedTest, a_ninth_challenge_is_refused_and_one_that_runs_gets_the_new_time) {
  for (char letter = 'a'; letter < 'i'; ++letter) {
    ASSERT_TRUE(registry().add_challenge(niklas_, challenge_of(letter), start)) << letter;
  }
  EXPECT_EQ(registry().add_challenge(niklas_, challenge_of('i'), start).error(), ChangeRefusal::too_many_challenges);
  const auto again = registry().add_challenge(niklas_, challenge_of('a'), start + 5s);
  ASSERT_TRUE(again);
  EXPECT_EQ((*again)->published.challenges.size(), 8U);
  EXPECT_EQ((*again)->published.challenges.at(challenge_of('a')), start + 5s);
  ASSERT_TRUE(registry().drop_challenge(niklas_, challenge_of('b')));
  EXPECT_TRUE(registry().add_challenge(niklas_, challenge_of('i'), start));
}

TEST_F(PublishedTest, cleaning_up_what_is_not_there_is_no_error) {
  ASSERT_TRUE(registry().add_challenge(niklas_, challenge_of('a'), start));
  ASSERT_TRUE(registry().drop_challenge(niklas_, challenge_of('b')));
  EXPECT_EQ(published().challenges.size(), 1U);
  ASSERT_TRUE(registry().drop_challenge(niklas_, challenge_of('a')));
  EXPECT_TRUE(published().challenges.empty());
}

TEST_F(PublishedTest, only_challenges_older_than_the_time_are_swept) {
  const AccountId otto = registry().claim(request_of("otto", 2), start)->account->id;
  ASSERT_TRUE(registry().add_challenge(niklas_, challenge_of('a'), start));
  ASSERT_TRUE(registry().add_challenge(niklas_, challenge_of('b'), start + 1s));
  ASSERT_TRUE(registry().add_challenge(otto, challenge_of('a'), start + 1s));
  const auto changed = registry().sweep_challenges(start + 1s);
  ASSERT_EQ(changed.size(), 1U);
  EXPECT_EQ(changed[0]->id, niklas_);
  EXPECT_EQ(changed[0]->published.challenges.size(), 1U);
  EXPECT_TRUE(registry().sweep_challenges(start + 1s).empty());
  EXPECT_EQ(registry().sweep_challenges(start + 2s).size(), 2U);
}

TEST_F(PublishedTest, one_user_s_do_not_touch_another_s) {
  publish_something();
  const Published before = published();
  const AccountId otto = registry().claim(request_of("otto", 2), start)->account->id;
  ASSERT_TRUE(registry().set_tlsa(otto, {digest_of('c')}));
  ASSERT_TRUE(registry().set_acme_account(otto, std::nullopt));
  ASSERT_TRUE(registry().drop_challenge(otto, challenge_of('x')));
  EXPECT_EQ(published(), before);
}

TEST_F(PublishedTest, a_suspended_user_keeps_them_and_a_removed_one_loses_them) {
  publish_something();
  ASSERT_TRUE(registry().set_state(name_, AccountState::suspended));
  EXPECT_EQ(rows(), 4);
  const auto removed = registry().set_state(name_, AccountState::removed);
  ASSERT_TRUE(removed);
  EXPECT_EQ((*removed)->published, Published());
  EXPECT_EQ(rows(), 0);
  EXPECT_EQ(registry().set_tlsa(niklas_, {digest_of('a')}).error(), ChangeRefusal::removed);
  EXPECT_EQ(registry().set_acme_account(niklas_, std::nullopt).error(), ChangeRefusal::removed);
  EXPECT_EQ(registry().add_challenge(niklas_, challenge_of('a'), start).error(), ChangeRefusal::removed);
}

TEST_F(PublishedTest, a_purged_account_is_nobody_even_if_its_name_is_claimed_again) {
  ASSERT_TRUE(registry().set_state(name_, AccountState::removed));
  ASSERT_TRUE(registry().purge(name_, PurgedName::released));
  ASSERT_TRUE(registry().claim(request_of("niklas", 2), start));
  EXPECT_EQ(registry().set_tlsa(niklas_, {digest_of('a')}).error(), ChangeRefusal::no_such_account);
  EXPECT_EQ(registry().drop_challenge(niklas_, challenge_of('a')).error(), ChangeRefusal::no_such_account);
  EXPECT_EQ(published(), Published());
}

TEST_F(PublishedTest, the_schema_itself_has_the_limits) {
  ASSERT_TRUE(registry().set_tlsa(niklas_, {digest_of('a'), digest_of('b'), digest_of('c'), digest_of('d')}));
  for (char letter = 'a'; letter < 'i'; ++letter)
    ASSERT_TRUE(registry().add_challenge(niklas_, challenge_of(letter), start));
  const std::string id = std::to_string(static_cast<std::int64_t>(niklas_));
  const std::string others[] = {
      "INSERT INTO tlsa VALUES (" + id + ", '" + std::string(64, 'e') + "')",
      "INSERT INTO challenges VALUES (" + id + ", '" + std::string(43, 'i') + "', 1)",
      "UPDATE tlsa SET sha256 = 'abc'",
      "UPDATE challenges SET value = '" + std::string(42, 'a') + "\"'",
      "INSERT INTO acme_accounts VALUES (" + id + ", 'http://ca.example')",
      "INSERT INTO tlsa VALUES (777, '" + std::string(64, 'e') + "')",
  };
  for (const std::string& sql : others) EXPECT_THROW(registry().database().run(sql), sqlite::Error) << sql;
}

TEST_F(PublishedTest, a_backup_has_them_and_a_restore_brings_them_back) {
  publish_something();
  const Published before = published();
  const auto backup = state() / "backup.db";
  sqlite::back_up(registry().database(), backup);
  ASSERT_TRUE(registry().set_state(name_, AccountState::removed));
  registry_.reset();
  (void)restore_registry(state(), backup, "former");
  EXPECT_EQ(open().database.find(name_)->published, before);
}

TEST_F(PublishedTest, a_broken_row_is_found_by_the_check_and_names_its_user) {
  publish_something();
  const auto findings_after = [&](const std::string& sql) {
    const auto file = state() / "copy.db";
    std::filesystem::remove(file);
    sqlite::back_up(registry().database(), file);
    const sqlite::Database copy = sqlite::Database::open(file);
    copy.run(
        "PRAGMA ignore_check_constraints = ON; DROP TRIGGER tlsa_has_at_most_4_of_a_user; "
        "DROP TRIGGER challenges_are_at_most_8_of_a_user; DROP TRIGGER users_publish_nothing_once_removed");
    copy.run(sql);
    copy.run("PRAGMA ignore_check_constraints = OFF");
    std::string all;
    for (const std::string& finding : check_registry(copy)) all += finding + "\n";
    return all;
  };
  EXPECT_EQ(findings_after("SELECT 1"), "");
  const std::string many = "WITH RECURSIVE n(i) AS (SELECT 100000 UNION ALL SELECT i + 1 FROM n LIMIT 9) INSERT INTO ";
  const std::pair<std::string, const char*> broken[] = {
      {"UPDATE users SET state = 'removed'", "a removed account publishes something: niklas"},
      {"UPDATE acme_accounts SET uri = 'https://a;b'", "an ACME account that is none: of niklas"},
      {"UPDATE tlsa SET sha256 = 'x' || substr(sha256, 2)", "CHECK"},
      {many + "tlsa SELECT 1, i || substr('" + std::string(64, '0') + "', 7) FROM n",
       "more than 4 TLSA digests: niklas"},
      {many + "challenges SELECT 1, i || substr('" + std::string(43, '0') + "', 7), 5 FROM n",
       "more than 8 challenges: niklas"},
  };
  for (const auto& [sql, finding] : broken) {
    const std::string found = findings_after(sql);
    EXPECT_NE(found.find(finding), std::string::npos) << sql << ": " << found;
  }
}

class MigrationTest : public test::RegistryFixture {
 protected:
  /// A registry as the version before published things had it, with one user.
  void make_version_1() {
    const sqlite::Schema version_1{registry_schema().title, registry_schema().application_id,
                                   registry_schema().steps.first(1)};
    sqlite::create_database(files().database, version_1);
    (void)InviteKey::load_or_make(real_file_system(), files().invite_key);
    const sqlite::Database database = sqlite::open_database(files().database, version_1);
    database.run("INSERT INTO settings VALUES ('ipv6_prefix', '2001:db8:1:2::/64')");
    database
        .prepare(
            "INSERT INTO users(name, public_key, fingerprint, interface_id, state, tier2, created) "
            "VALUES ('niklas', ?, ?, 'abcdefabcdefabcd', 'active', 1, 1800000000)")
        .execute({key_of(1).to_openssh(), key_of(1).fingerprint().to_string()});
  }
};

TEST_F(MigrationTest, a_version_1_registry_is_brought_up_with_its_accounts) {
  make_version_1();
  OpenedRegistry registry = open();
  const AccountPtr niklas = registry.database.find(name_of("niklas"));
  ASSERT_TRUE(niklas);
  EXPECT_EQ(niklas->tier2, Tier2::on);
  EXPECT_EQ(niklas->published, Published());
  ASSERT_TRUE(registry.database.set_tlsa(niklas->id, {digest_of('a')}));
  EXPECT_EQ(registry.database.find(name_of("niklas"))->published.tlsa.size(), 1U);
  EXPECT_EQ(check_registry(registry.database.database()), std::vector<std::string>());
}

TEST_F(MigrationTest, an_operators_command_brings_it_up_as_well) {
  make_version_1();
  EXPECT_TRUE(open_beside().database.find(name_of("niklas")));
}

TEST_F(MigrationTest, a_version_1_backup_can_be_restored) {
  make_version_1();
  const auto backup = state() / "old.db";
  sqlite::back_up(sqlite::Database::open(files().database), backup);
  EXPECT_EQ(restore_registry(state(), backup, "former").accounts, 1U);
  EXPECT_TRUE(open().database.find(name_of("niklas")));
}

}  // namespace
}  // namespace sisu::relay
