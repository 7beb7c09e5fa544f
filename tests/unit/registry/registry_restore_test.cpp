#include "relay/registry/registry_restore.hpp"

#include "common/base/random.hpp"
#include "common/sqlite/backup.hpp"
#include "relay/registry/registry_check.hpp"
#include "relay/registry/schema.hpp"
#include "tests/support/child_process.hpp"
#include "tests/unit/registry/registry_fixture.hpp"

#include <sys/stat.h>
#include <thread>
#include <unistd.h>

namespace sisu::relay {
namespace {

using sisu::test::ChildProcess;
using sisu::test::read_file;
using sisu::test::write_file;
using sqlite::ErrorKind;
using test::name_of;
using test::request_of;
using test::start;

class RegistryRestoreTest : public test::RegistryFixture {
 protected:
  std::filesystem::path backup_ = directory_ / "backup.db";

  Restored restore() const { return restore_registry(state(), backup_, "former"); }
  void claim(std::string_view name, unsigned key) const {
    ASSERT_TRUE(open().database.claim(request_of(name, key), start));
  }
  void back_up() const { sqlite::back_up(open_beside().database.database(), backup_); }
  std::optional<ErrorKind> failure() const {
    try {
      (void)restore();
    } catch (const sqlite::Error& error) {
      return error.kind();
    }
    return std::nullopt;
  }
};

TEST_F(RegistryRestoreTest, a_backup_comes_back_and_what_was_there_is_kept) {
  claim("early", 1);
  back_up();
  claim("late", 2);
  const Restored restored = restore();
  EXPECT_EQ(restored.accounts, 1U);
  auto registry = open();
  EXPECT_TRUE(registry.database.find(name_of("early")));
  EXPECT_FALSE(registry.database.find(name_of("late")));
  ASSERT_TRUE(restored.former);
  const auto former = sqlite::open_database(*restored.former, registry_schema());
  EXPECT_EQ(former.integer("SELECT count(*) FROM users"), 2);
}

TEST_F(RegistryRestoreTest, the_backup_stays_and_no_other_file_is_left) {
  claim("early", 1);
  back_up();
  const std::string before = read_file(backup_);
  (void)restore();
  EXPECT_EQ(read_file(backup_), before);
  for (const auto& entry : std::filesystem::directory_iterator(state()))
    EXPECT_EQ(entry.path().string().find(".restore"), std::string::npos) << entry.path();
}

TEST_F(RegistryRestoreTest, a_name_for_the_former_registry_that_is_taken_stops_it) {
  claim("early", 1);
  back_up();
  (void)restore();
  claim("late", 2);
  EXPECT_THROW((void)restore(), std::system_error);
  EXPECT_TRUE(open().database.find(name_of("late")));
}

TEST_F(RegistryRestoreTest, what_root_restores_belongs_to_the_owner_of_the_folder) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  constexpr uid_t somebody = 65534;
  claim("early", 1);
  back_up();
  ASSERT_EQ(::chown(state().c_str(), somebody, somebody), 0);
  (void)restore();
  struct stat status {};
  ASSERT_EQ(::stat(files().database.c_str(), &status), 0);
  EXPECT_EQ(status.st_uid, somebody);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
}

TEST_F(RegistryRestoreTest, it_fills_a_new_state_directory) {
  claim("early", 1);
  back_up();
  const auto elsewhere = directory_ / "elsewhere";
  std::filesystem::create_directory(elsewhere);
  const Restored restored = restore_registry(elsewhere, backup_, "former");
  EXPECT_FALSE(restored.former);
  EXPECT_TRUE(open_registry(elsewhere, OpenedBy::daemon).database.find(name_of("early")));
}

TEST_F(RegistryRestoreTest, a_corrupt_registry_is_replaced_and_kept) {
  claim("early", 1);
  back_up();
  write_file(files().database, std::string(5000, 'g'));
  write_file(files().database.string() + "-wal", "its log");
  const Restored restored = restore();
  EXPECT_TRUE(open().database.find(name_of("early")));
  EXPECT_EQ(read_file(*restored.former), std::string(5000, 'g'));
  EXPECT_EQ(read_file(restored.former->string() + "-wal"), "its log");
}

TEST_F(RegistryRestoreTest, a_lost_registry_is_replaced) {
  claim("early", 1);
  back_up();
  std::filesystem::remove(files().database);
  EXPECT_FALSE(restore().former);
  EXPECT_TRUE(open().database.find(name_of("early")));
}

TEST_F(RegistryRestoreTest, it_refuses_beside_a_running_relay_and_beside_a_command) {
  claim("early", 1);
  back_up();
  {
    const auto daemon = open();
    EXPECT_EQ(failure(), ErrorKind::locked);
  }
  const auto command = open_beside();
  EXPECT_EQ(failure(), ErrorKind::locked);
  EXPECT_FALSE(std::filesystem::exists(files().database.string() + ".former"));
}

TEST_F(RegistryRestoreTest, bad_backups_are_refused_and_change_nothing) {
  claim("early", 1);
  (void)open().database.database().text("PRAGMA journal_mode = DELETE");
  const std::string before = read_file(files().database);
  EXPECT_EQ(failure(), ErrorKind::missing);
  write_file(backup_, "");
  EXPECT_EQ(failure(), ErrorKind::corrupt);
  write_file(backup_, std::string(5000, 'g'));
  EXPECT_EQ(failure(), ErrorKind::corrupt);
  write_file(backup_, before.substr(0, before.size() / 2));
  EXPECT_EQ(failure(), ErrorKind::corrupt);
  std::filesystem::remove(backup_);
  sqlite::Database::create(backup_).run("CREATE TABLE cookies(a)");
  EXPECT_EQ(failure(), ErrorKind::foreign);
  EXPECT_EQ(read_file(files().database), before);
}

TEST_F(RegistryRestoreTest, a_newer_backup_and_one_with_broken_invariants_are_refused) {
  claim("early", 1);
  back_up();
  sqlite::Database::open(backup_).run("INSERT INTO schema_version VALUES (1000, 0)");
  EXPECT_EQ(failure(), ErrorKind::newer);
  sqlite::Database::open(backup_).run("DELETE FROM schema_version WHERE version = 1000; DELETE FROM settings");
  EXPECT_EQ(failure(), ErrorKind::corrupt);
  EXPECT_TRUE(open().database.find(name_of("early")));
}

TEST_F(RegistryRestoreTest, a_restore_that_is_killed_leaves_one_registry_or_the_other) {
  claim("early", 1);
  back_up();
  claim("late", 2);
  for (int round = 0; round < 10; ++round) {
    ChildProcess restoring([this, round](const ChildProcess::Parent& parent) {
      for (int i = 0;; ++i) {
        (void)restore_registry(state(), backup_, std::to_string(round) + "-" + std::to_string(i));
        if (i == 0) parent.announce();
      }
      return 0;
    });
    EXPECT_TRUE(restoring.await_announcement());
    std::this_thread::sleep_for(std::chrono::microseconds(random_below(20'000)));  // any moment is a good one
    restoring.kill();
    (void)restoring.wait();
    auto registry = open();
    EXPECT_TRUE(registry.database.find(name_of("early"))) << round;
    EXPECT_EQ(check_registry(registry.database.database()), std::vector<std::string>()) << round;
  }
}

// Another process claims as fast as it can while backups are taken; each must hold whole claims only: an account with
// the invites that it was granted and the mark on the invite that it used.
TEST_F(RegistryRestoreTest, backups_taken_during_claims_restore_to_a_consistent_state) {
  (void)open();
  ChildProcess claiming([this](const ChildProcess::Parent& parent) {
    auto registry = open({.claims_per_prefix = 100'000, .claims_overall = 100'000});
    for (unsigned i = 1;; ++i) {
      const std::string code = registry.database.mint_invites(1, start)->front();
      if (!registry.database.claim(request_of("u" + std::to_string(i), i, code), start)) return 1;
      if (i == 3) parent.announce();
    }
  });
  ASSERT_TRUE(claiming.await_announcement());
  constexpr int backups = 5;
  const auto file = [this](int i) { return directory_ / ("backup" + std::to_string(i) + ".db"); };
  for (int i = 0; i < backups; ++i) sqlite::back_up(open_beside().database.database(), file(i));
  claiming.kill();
  (void)claiming.wait();
  std::size_t accounts_before = 0;
  for (int i = 0; i < backups; ++i) {
    const auto place = directory_ / ("state" + std::to_string(i));
    std::filesystem::create_directory(place);
    const Restored restored = restore_registry(place, file(i), "former");
    EXPECT_GE(restored.accounts, std::max<std::size_t>(3, accounts_before));
    accounts_before = restored.accounts;
    const auto registry = open_registry(place, OpenedBy::daemon);
    const auto& database = registry.database.database();
    EXPECT_EQ(check_registry(database), std::vector<std::string>());
    EXPECT_EQ(
        database.integer("SELECT count(*) FROM users WHERE (SELECT count(*) FROM invites WHERE inviter = users.id) "
                         "<> 3 OR (SELECT count(*) FROM invites WHERE used_by = users.id) <> 1"),
        0);
  }
}

}  // namespace
}  // namespace sisu::relay
