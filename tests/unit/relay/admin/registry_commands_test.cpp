#include "tests/unit/relay/admin/command_fixture.hpp"

namespace sisu::relay::admin {
namespace {

using relay::test::name_of;
using sisu::test::read_file;
using sisu::test::write_file;

class RegistryCommandTest : public CommandTest {
 protected:
  void SetUp() override { make_users({"ada", "zoe"}); }
  std::string backup() const { return (elsewhere / "backup.db").string(); }

  sisu::test::ScratchDirectory elsewhere;
};

TEST_F(RegistryCommandTest, a_sound_registry_is_said_to_be_sound) {
  EXPECT_EQ(run({"registry", "check"}), 0);
  EXPECT_TRUE(says("is sound; it has 2 accounts"));
  EXPECT_EQ(run({"registry", "check", "--json"}), 0);
  EXPECT_EQ(objects()[0], nlohmann::json::parse(R"({"sound":true,"accounts":2})"));
}

TEST_F(RegistryCommandTest, one_account_is_not_said_in_the_plural) {
  auto beside = open_beside();
  ASSERT_TRUE(beside.database.set_state(name_of("zoe"), AccountState::removed));
  ASSERT_TRUE(beside.database.purge(name_of("zoe"), PurgedName::kept));
  EXPECT_EQ(run({"registry", "check"}), 0);
  EXPECT_TRUE(says("is sound; it has 1 account\n"));
}

TEST_F(RegistryCommandTest, each_broken_rule_is_a_finding_and_the_status_is_1) {
  open_beside().database.database().run("INSERT INTO retired(kind, value) VALUES ('name', 'ada'), ('name', 'zoe')");
  EXPECT_EQ(run({"registry", "check"}), 1);
  EXPECT_TRUE(says("an account has what was retired: ada\n"));
  EXPECT_NE(console.errors.find("2 findings: stop the relay, keep a copy"), std::string::npos);
  EXPECT_EQ(run({"registry", "check", "--json"}), 1);
  EXPECT_EQ(objects().size(), 2U);
}

TEST_F(RegistryCommandTest, a_backup_is_a_file_of_ones_own_and_overwrites_nothing) {
  EXPECT_EQ(run({"registry", "backup", backup(), "--json"}), 0);
  EXPECT_EQ(objects()[0]["file"], backup());
  EXPECT_EQ(objects()[0]["bytes"], std::filesystem::file_size(backup()));
  const auto mode = std::filesystem::status(backup()).permissions();
  EXPECT_EQ(mode, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  const std::string before = read_file(backup());
  EXPECT_EQ(run({"registry", "backup", backup()}), 1);
  EXPECT_TRUE(complains(backup() + ": a backup does not overwrite; name another file"));
  EXPECT_EQ(read_file(backup()), before);
  EXPECT_EQ(run({"registry", "backup", (elsewhere / "no/such/folder").string()}), 1);
}

TEST_F(RegistryCommandTest, a_restore_brings_the_state_of_the_backup_back_and_keeps_what_was_there) {
  ASSERT_EQ(run({"registry", "backup", backup()}), 0);
  ASSERT_EQ(run({"user", "remove", "ada"}), 0);
  EXPECT_EQ(run({"registry", "restore", backup(), "--json"}), 0);
  EXPECT_EQ(objects()[0]["accounts"], 2);
  EXPECT_EQ(state_of("ada"), AccountState::active);
  const std::string former = objects()[0]["former"];
  EXPECT_EQ(former, files().database.string() + ".20270115T080000Z");
  EXPECT_TRUE(std::filesystem::exists(former));
}

TEST_F(RegistryCommandTest, a_restore_is_refused_beside_a_daemon_and_changes_nothing) {
  ASSERT_EQ(run({"registry", "backup", backup()}), 0);
  ASSERT_EQ(run({"user", "suspend", "ada"}), 0);
  const OpenedRegistry daemon = open();
  EXPECT_EQ(run({"registry", "restore", backup()}), 1);
  EXPECT_TRUE(complains("the relay is running: stop it before a restore"));
  EXPECT_EQ(state_of("ada"), AccountState::suspended);
}

TEST_F(RegistryCommandTest, what_is_no_backup_is_refused_and_changes_nothing) {
  write_file(elsewhere / "text", "this is no database, but long enough to look like a file of some kind");
  write_file(elsewhere / "empty", "");
  const std::string before = relay::test::content_of(open_beside().database);
  for (const char* name : {"text", "empty", "missing"}) {
    EXPECT_EQ(run({"registry", "restore", (elsewhere / name).string()}), 1) << name;
    EXPECT_TRUE(complains((elsewhere / name).string())) << name;
  }
  EXPECT_EQ(run({"registry", "restore", elsewhere.path().string()}), 1);
  EXPECT_EQ(relay::test::content_of(open_beside().database), before);
}

TEST_F(RegistryCommandTest, a_state_directory_that_is_not_there_is_not_made) {
  ASSERT_EQ(run({"registry", "backup", backup()}), 0);
  const std::string nowhere = (elsewhere / "nowhere").string();
  EXPECT_EQ(run_words({"sisumail-relay", "registry", "restore", backup(), "--state", nowhere}), 1);
  EXPECT_TRUE(complains("there is no such state directory"));
  EXPECT_FALSE(std::filesystem::exists(nowhere));
}

TEST_F(RegistryCommandTest, a_backup_moves_a_registry_to_a_new_machine) {
  ASSERT_EQ(run({"registry", "backup", backup()}), 0);
  const sisu::test::ScratchDirectory machine;
  EXPECT_EQ(run_words({"sisumail-relay", "registry", "restore", backup(), "--state", machine.path().string()}), 0);
  EXPECT_FALSE(says("what was there"));
  EXPECT_NE(open_registry(machine.path(), OpenedBy::daemon).database.find(name_of("zoe")), nullptr);
}

}  // namespace
}  // namespace sisu::relay::admin
