#include "tests/unit/relay/admin/command_fixture.hpp"

namespace sisu::relay::admin {
namespace {

using relay::test::key_of;
using relay::test::name_of;
using relay::test::request_of;
using relay::test::start;

TEST_F(CommandTest, user_list_shows_accounts_by_name_as_table_and_as_json_lines) {
  make_users({"zoe", "ada"});
  EXPECT_EQ(run({"user", "list"}), 0);
  EXPECT_TRUE(console.out.starts_with("NAME  STATE   ADDRESS")) << console.out;
  EXPECT_LT(console.out.find("\nada "), console.out.find("\nzoe "));
  EXPECT_TRUE(says("2001:db8:1:2:"));
  EXPECT_TRUE(says("never"));
  EXPECT_EQ(console.out.find('\x1b'), std::string::npos);
  EXPECT_EQ(console.out.find(" \n"), std::string::npos);

  EXPECT_EQ(run({"user", "list", "--json"}), 0);
  const auto users = objects();
  ASSERT_EQ(users.size(), 2U);
  EXPECT_EQ(users[0]["name"], "ada");
  EXPECT_EQ(users[1]["state"], "active");
  EXPECT_EQ(users[1]["tier2"], false);
  EXPECT_EQ(users[1]["created"], time_text(start));
  EXPECT_EQ(users[1]["fingerprint"], key_of(1).fingerprint().to_string());
  EXPECT_FALSE(users[1].contains("last_seen"));
}

TEST_F(CommandTest, user_list_shows_those_of_one_state_only) {
  make_users({"ada", "zoe"});
  ASSERT_EQ(run({"user", "suspend", "zoe"}), 0);
  EXPECT_EQ(run({"user", "list", "--json", "--only", "suspended"}), 0);
  ASSERT_EQ(objects().size(), 1U);
  EXPECT_EQ(objects()[0]["name"], "zoe");
  EXPECT_EQ(run({"user", "list", "--json", "--only", "removed"}), 0);
  EXPECT_EQ(console.out, "");
}

TEST_F(CommandTest, colours_are_for_those_who_see_them) {
  make_users({"ada"});
  console.color = true;
  EXPECT_EQ(run({"user", "list"}), 0);
  EXPECT_TRUE(says("\x1b[1mNAME\x1b[0m"));
  EXPECT_TRUE(says("\x1b[32mactive\x1b[0m"));
  EXPECT_EQ(run({"user", "list", "--json"}), 0);
  EXPECT_FALSE(says("\x1b"));
}

TEST_F(CommandTest, user_show_finds_by_name_in_either_case_and_by_fingerprint) {
  make_users({"ada", "zoe"});
  EXPECT_EQ(run({"user", "show", "ADA"}), 0);
  EXPECT_TRUE(says("name         ada\n"));
  EXPECT_TRUE(says("key          " + key_of(1).to_openssh() + "\n"));
  EXPECT_EQ(run({"user", "show", key_of(2).fingerprint().to_string(), "--json"}), 0);
  ASSERT_EQ(objects().size(), 1U);
  EXPECT_EQ(objects()[0]["name"], "zoe");
  EXPECT_EQ(objects()[0]["key"], key_of(2).to_openssh());
}

TEST_F(CommandTest, user_show_says_who_invited_whom) {
  OpenedRegistry registry = open({.policy = ClaimPolicy::invite});
  const std::string code = registry.database.mint_invites(1, start)->front();
  const auto host = registry.database.claim(request_of("ada", 1, code), start);
  ASSERT_TRUE(registry.database.claim(request_of("zoe", 2, host->invite_codes.front()), start));
  EXPECT_EQ(run({"user", "show", "zoe"}), 0);
  EXPECT_TRUE(says("invited by   ada\n"));
  EXPECT_EQ(run({"user", "show", "ada", "--json"}), 0);
  EXPECT_FALSE(objects()[0].contains("invited_by"));
}

TEST_F(CommandTest, an_account_that_is_not_there_is_status_1_with_its_name) {
  make_users({"ada"});
  for (const char* command : {"show", "suspend", "restore", "remove", "purge"}) {
    EXPECT_EQ(run({"user", command, "nobody"}), 1) << command;
    EXPECT_TRUE(complains("nobody: there is no account of that name: see user list")) << command;
  }
}

TEST_F(CommandTest, suspend_and_restore_change_the_state_and_say_so_once) {
  make_users({"ada"});
  EXPECT_EQ(run({"user", "suspend", "ada"}), 0);
  EXPECT_TRUE(says("ada is suspended: sessions end within a second"));
  EXPECT_EQ(state_of("ada"), AccountState::suspended);
  EXPECT_EQ(run({"user", "suspend", "ada"}), 1);
  EXPECT_TRUE(complains("ada: the account is in that state already"));
  EXPECT_EQ(run({"user", "restore", "ada", "--json"}), 0);
  EXPECT_EQ(objects()[0]["state"], "active");
  EXPECT_EQ(state_of("ada"), AccountState::active);
}

TEST_F(CommandTest, remove_is_for_good) {
  make_users({"ada"});
  EXPECT_EQ(run({"user", "remove", "ada"}), 0);
  EXPECT_TRUE(says("nobody will get its name, key or address again"));
  for (const char* command : {"restore", "suspend"}) {
    EXPECT_EQ(run({"user", command, "ada"}), 1);
    EXPECT_TRUE(complains("which is for good"));
  }
  EXPECT_EQ(open_beside().database.claim(request_of("ada", 9), start).error(), ClaimRefusal::name_retired);
}

TEST_F(CommandTest, purge_forgets_the_account_and_keeps_its_name) {
  make_users({"ada"});
  EXPECT_EQ(run({"user", "purge", "ada"}), 1);
  EXPECT_TRUE(complains("only a removed account can be purged: remove it first"));
  ASSERT_EQ(run({"user", "remove", "ada"}), 0);
  EXPECT_EQ(run({"user", "purge", "ada", "--json"}), 0);
  EXPECT_EQ(objects()[0]["name_released"], false);
  EXPECT_EQ(open_beside().database.find(name_of("ada")), nullptr);
  EXPECT_EQ(open_beside().database.claim(request_of("ada", 9), start).error(), ClaimRefusal::name_retired);
}

/// purge --release-name with a person at the terminal.
class ReleaseTest : public CommandTest {
 protected:
  void SetUp() override {
    make_users({"ada"});
    ASSERT_EQ(run({"user", "remove", "ada"}), 0);
    console.ask = [this](const std::string& question) -> std::optional<std::string> {
      questions.push_back(question);
      if (answers.empty()) return std::nullopt;
      const std::string answer = answers.front();
      answers.erase(answers.begin());
      return answer;
    };
  }
  bool is_kept() const { return open_beside().database.find(name_of("ada")) != nullptr; }

  std::vector<std::string> answers;
  std::vector<std::string> questions;
};

TEST_F(ReleaseTest, a_person_is_warned_and_asked_twice) {
  answers = {"ada", "ada"};
  EXPECT_EQ(run({"user", "purge", "ada", "--release-name"}), 0);
  ASSERT_EQ(questions.size(), 2U);
  EXPECT_NE(questions[0].find("gets all mail that is still sent to its former owner"), std::string::npos);
  EXPECT_TRUE(says("its name can be claimed by anybody"));
  EXPECT_TRUE(open_beside().database.claim(request_of("ada", 9), start));
}

TEST_F(ReleaseTest, any_other_answer_changes_nothing) {
  const std::vector<std::vector<std::string>> cases = {{},      {""},           {"yes"},         {"y"},
                                                       {"Ada"}, {"ada", "yes"}, {"ada", "adaa"}, {"ada"}};
  for (const auto& typed : cases) {
    answers = typed;
    EXPECT_EQ(run({"user", "purge", "ada", "--release-name"}), 1) << testing::PrintToString(typed);
    EXPECT_TRUE(complains("nothing was changed"));
    EXPECT_TRUE(is_kept());
  }
}

TEST_F(ReleaseTest, where_nobody_can_be_asked_the_name_must_be_said_in_an_option) {
  console.ask = nullptr;
  EXPECT_EQ(run({"user", "purge", "ada", "--release-name"}), 2);
  EXPECT_TRUE(complains("say --yes-release ada"));
  EXPECT_EQ(run({"user", "purge", "ada", "--release-name", "--yes-release", "zoe"}), 2);
  EXPECT_TRUE(complains("names \"zoe\", not \"ada\""));
  EXPECT_TRUE(is_kept());
  EXPECT_EQ(run({"user", "purge", "ada", "--release-name", "--yes-release", "ada", "--json"}), 0);
  EXPECT_EQ(objects()[0]["name_released"], true);
}

TEST_F(ReleaseTest, nobody_is_asked_about_what_cannot_be_done) {
  EXPECT_EQ(run({"user", "purge", "nobody", "--release-name"}), 1);
  EXPECT_TRUE(questions.empty());
}

}  // namespace
}  // namespace sisu::relay::admin
