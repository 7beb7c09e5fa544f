#include "relay/registry/state_directory.hpp"

#include "relay/registry/schema.hpp"
#include "tests/support/child_process.hpp"
#include "tests/unit/registry/registry_fixture.hpp"

#include <sys/stat.h>
#include <unistd.h>

namespace sisu::relay {
namespace {

using sisu::test::ChildProcess;
using sisu::test::read_file;
using sisu::test::write_file;
using sqlite::ErrorKind;
using test::request_of;
using test::start;

class StateDirectoryTest : public test::RegistryFixture {
 protected:
  /// The kind of error, when the error's line holds `part`.
  std::optional<ErrorKind> failure(OpenedBy who, const std::string& part) const {
    try {
      (void)open_registry(state(), who);
    } catch (const sqlite::Error& error) {
      EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
      return error.kind();
    }
    return std::nullopt;
  }
};

TEST_F(StateDirectoryTest, the_daemon_makes_a_registry_that_only_its_user_reads) {
  const auto registry = open();
  const std::filesystem::path log = files().database.string() + "-wal";
  for (const auto& file : {files().database, log, files().invite_key, files().lock})
    EXPECT_EQ(std::filesystem::status(file).permissions(), std::filesystem::perms(0600)) << file;
}

TEST_F(StateDirectoryTest, a_command_makes_none) {
  EXPECT_EQ(failure(OpenedBy::command, "no registry"), ErrorKind::missing);
  EXPECT_TRUE(std::filesystem::is_empty(state()));
}

TEST_F(StateDirectoryTest, what_root_makes_belongs_to_the_owner_of_the_folder) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  constexpr uid_t somebody = 65534;
  ASSERT_EQ(::chown(state().c_str(), somebody, somebody), 0);
  const auto registry = open();
  for (const auto* name : {"registry.db", "registry.db-wal", "registry.db-shm", "invite.key", "registry.lock"}) {
    struct stat status {};
    ASSERT_EQ(::stat((state() / name).c_str(), &status), 0) << name;
    EXPECT_EQ(status.st_uid, somebody) << name;
  }
}

TEST_F(StateDirectoryTest, a_folder_that_is_not_there_is_named) {
  try {
    (void)open_registry(state() / "missing", OpenedBy::daemon);
    FAIL() << "it was opened";
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code(), std::errc::no_such_file_or_directory);
    EXPECT_NE(std::string(error.what()).find("missing"), std::string::npos);
  }
}

TEST_F(StateDirectoryTest, a_lost_database_is_not_replaced_by_an_empty_one) {
  (void)open();
  std::filesystem::remove(files().database);
  EXPECT_EQ(failure(OpenedBy::daemon, "restore a backup"), ErrorKind::missing);
  EXPECT_FALSE(std::filesystem::exists(files().database));
}

TEST_F(StateDirectoryTest, two_daemons_are_one_too_many_commands_are_not) {
  const auto daemon = open();
  EXPECT_EQ(failure(OpenedBy::daemon, "another relay"), ErrorKind::locked);
  EXPECT_EQ(failure(OpenedBy::command, ""), std::nullopt);
}

TEST_F(StateDirectoryTest, the_lock_of_a_killed_daemon_is_gone_with_it) {
  ChildProcess daemon([this](const ChildProcess::Parent& parent) {
    const auto registry = open();
    parent.announce();
    parent.wait_for_go_on();
    return 0;
  });
  ASSERT_TRUE(daemon.await_announcement());
  EXPECT_EQ(failure(OpenedBy::daemon, "another relay"), ErrorKind::locked);
  daemon.kill();
  (void)daemon.wait();
  EXPECT_EQ(failure(OpenedBy::daemon, ""), std::nullopt);
}

TEST_F(StateDirectoryTest, a_restore_needs_the_registry_alone) {
  {
    const auto daemon = open();
    EXPECT_THROW((void)RegistryLock::take(files(), OpenedBy::restore), sqlite::Error);
  }
  {
    const auto command = open_beside();
    EXPECT_THROW((void)RegistryLock::take(files(), OpenedBy::restore), sqlite::Error);
  }
  const RegistryLock restore = RegistryLock::take(files(), OpenedBy::restore);
  EXPECT_EQ(failure(OpenedBy::daemon, "restore"), ErrorKind::locked);
  EXPECT_EQ(failure(OpenedBy::command, "being restored"), ErrorKind::locked);
}

TEST_F(StateDirectoryTest, a_garbage_database_is_refused_and_left_as_it_is) {
  (void)open();
  write_file(files().database, std::string(10'000, 'g'));
  for (const auto who : {OpenedBy::daemon, OpenedBy::command})
    EXPECT_EQ(failure(who, "restore a backup"), ErrorKind::corrupt);
  EXPECT_EQ(read_file(files().database), std::string(10'000, 'g'));
}

TEST_F(StateDirectoryTest, a_newer_registry_is_refused_and_left_as_it_is) {
  open().database.database().run("INSERT INTO schema_version VALUES (1000, 0); PRAGMA journal_mode = DELETE");
  const std::string before = read_file(files().database);
  for (const auto who : {OpenedBy::daemon, OpenedBy::command})
    EXPECT_EQ(failure(who, "version 1000"), ErrorKind::newer);
  EXPECT_EQ(read_file(files().database), before);
}

TEST_F(StateDirectoryTest, a_database_of_something_else_is_refused) {
  sqlite::Database::create(files().database).run("CREATE TABLE cookies(a)");
  EXPECT_EQ(failure(OpenedBy::daemon, "not the registry"), ErrorKind::foreign);
}

TEST_F(StateDirectoryTest, a_lost_invite_key_voids_open_invites_and_nothing_else) {
  std::string code;
  {
    auto registry = open({});
    const auto codes = *registry.database.mint_invites(2, start);
    ASSERT_TRUE(registry.database.claim(request_of("niklas", 1, codes[0]), start));
    code = codes[1];
  }
  std::filesystem::remove(files().invite_key);
  auto registry = open({});
  EXPECT_TRUE(registry.database.find(test::name_of("niklas")));
  EXPECT_EQ(registry.database.claim(request_of("other", 2, code), start).error(), ClaimRefusal::invite_unknown);
  for (const Invite& invite : registry.database.invites()) {
    EXPECT_NE(invite.state, InviteState::open);
    EXPECT_EQ(invite.code, std::nullopt);
  }
  EXPECT_TRUE(
      registry.database.claim(request_of("other", 2, registry.database.mint_invites(1, start)->front()), start));
}

}  // namespace
}  // namespace sisu::relay
