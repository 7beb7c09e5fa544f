#include "tests/unit/relay/admin/command_fixture.hpp"

namespace sisu::relay::admin {
namespace {

using Words = std::vector<std::string>;

TEST_F(CommandTest, only_the_four_groups_are_commands) {
  for (const char* word : {"user", "invite", "registry", "dns"}) {
    const char* argv[] = {"sisumail-relay", word};
    EXPECT_TRUE(is_command(2, argv)) << word;
  }
  for (const char* word : {"users", "--state", "", "User", "check", "list"}) {
    const char* argv[] = {"sisumail-relay", word};
    EXPECT_FALSE(is_command(2, argv)) << word;
  }
  const char* argv[] = {"sisumail-relay"};
  EXPECT_FALSE(is_command(1, argv));
}

TEST_F(CommandTest, wrong_words_are_status_2_and_one_line_that_says_where_help_is) {
  make_users({"niklas"});
  const std::string before = relay::test::content_of(open_beside().database);
  const std::vector<std::pair<Words, std::string>> cases = {
      {{"user", "lst"}, "lst"},
      {{"user", "list", "extra"}, "extra"},
      {{"user", "list", "--only", "gone"}, "--only"},
      {{"user", "list", "--jsn"}, "--jsn"},
      {{"user", "show"}, "NAME"},
      {{"user", "show", "not.a.name"}, "see sisumail-relay user show --help"},
      {{"user", "show", "SHA256:short"}, "not a fingerprint"},
      {{"user", "suspend"}, "NAME"},
      {{"user", "suspend", "niklas", "ada"}, "ada"},
      {{"user", "suspend", "../etc"}, "NAME"},
      {{"user", "suspend", "xn--niklas"}, "NAME"},
      {{"user", "suspend", "nikl\xC3\xA4s"}, "NAME"},
      {{"user", "suspend", "niklas; rm"}, "NAME"},
      {{"user", "suspend", ""}, "NAME"},
      {{"user", "purge", "niklas", "--yes-release", "niklas"}, "--release-name"},
      {{"invite", "mint", "0"}, "COUNT"},
      {{"invite", "mint", "1001"}, "COUNT"},
      {{"invite", "mint", "-1"}, "-1"},
      {{"invite", "mint", "many"}, "COUNT"},
      {{"invite", "revoke"}, "INVITE"},
      {{"invite", "revoke", "x"}, "neither an invitation's id nor a code"},
      {{"registry", "backup"}, "FILE"},
      {{"registry", "restore"}, "FILE"},
      {{"registry", "check", "FILE"}, "FILE"},
      {{"dns", "sink"}, "sink"},
      {{"dns", "check", "niklas"}, "niklas"},
      {{"dns", "sync", "--dns-socket", std::string(200, 'x')}, "too long"},
  };
  for (const auto& [words, expected] : cases) {
    EXPECT_EQ(run(words), 2) << testing::PrintToString(words);
    EXPECT_TRUE(complains(expected)) << testing::PrintToString(words);
    EXPECT_NE(console.errors.find("; see sisumail-relay "), std::string::npos) << console.errors;
  }
  EXPECT_EQ(relay::test::content_of(open_beside().database), before);
}

TEST_F(CommandTest, a_group_alone_is_no_command) {
  for (const std::string group : {"user", "invite", "registry", "dns"}) {
    EXPECT_EQ(run_words({"sisumail-relay", group}), 2);
    EXPECT_TRUE(complains("a command is missing after \"" + group + "\"; see sisumail-relay " + group + " --help"));
  }
}

TEST_F(CommandTest, each_group_and_command_explains_itself) {
  for (const Words& words : {Words{"user"}, {"user", "purge"}, {"invite", "mint"}, {"registry", "restore"}}) {
    Words asked = words;
    asked.insert(asked.begin(), "sisumail-relay");
    asked.emplace_back("--help");
    EXPECT_EQ(run_words(asked), 0) << words.back();
    EXPECT_EQ(console.errors, "");
    EXPECT_TRUE(says("sisumail-relay " + words.front())) << console.out;
  }
  EXPECT_TRUE(says("--state"));
  EXPECT_TRUE(says("--json"));
}

TEST_F(CommandTest, a_state_directory_without_a_registry_is_status_1_and_none_is_made) {
  for (const Words& words : {Words{"user", "list"},
                             {"invite", "mint"},
                             {"registry", "check"},
                             {"registry", "backup", (directory_ / "copy").string()}}) {
    EXPECT_EQ(run(words), 1);
    EXPECT_TRUE(complains("there is no registry: check --state"));
  }
  EXPECT_TRUE(std::filesystem::is_empty(state()));
}

TEST_F(CommandTest, the_summary_names_every_command_once) {
  const std::string summary = command_summary();
  EXPECT_EQ(std::count(summary.begin(), summary.end(), '\n'), 16);
  for (const char* name : {"user list ", "user purge ", "invite revoke ", "dns prune ", "registry restore "}) {
    EXPECT_NE(summary.find(name), std::string::npos) << name;
  }
}

}  // namespace
}  // namespace sisu::relay::admin
