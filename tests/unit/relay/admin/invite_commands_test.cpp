#include "tests/unit/relay/admin/command_fixture.hpp"

namespace sisu::relay::admin {
namespace {

using relay::test::request_of;
using relay::test::start;

const ClaimRules by_invite{.policy = ClaimPolicy::invite};

TEST_F(CommandTest, a_minted_code_lets_one_user_in) {
  make_users({});
  EXPECT_EQ(run({"invite", "mint"}), 0);
  const std::string code = console.out.substr(0, console.out.size() - 1);
  EXPECT_TRUE(InviteCode::parse(code)) << code;
  EXPECT_TRUE(open_beside(by_invite).database.claim(request_of("ada", 1, code), start));
  EXPECT_EQ(open_beside(by_invite).database.claim(request_of("zoe", 2, code), start).error(),
            ClaimRefusal::invite_used);
}

TEST_F(CommandTest, many_codes_are_minted_at_once_and_all_differ) {
  make_users({});
  EXPECT_EQ(run({"invite", "mint", "1000", "--json"}), 0);
  std::set<std::string> codes;
  std::set<std::string> ids;
  for (const auto& invite : objects()) {
    codes.insert(invite["code"].get<std::string>());
    ids.insert(invite["id"].get<std::string>());
  }
  EXPECT_EQ(codes.size(), 1000U);
  EXPECT_EQ(ids.size(), 1000U);
}

TEST_F(CommandTest, invite_list_shows_what_became_of_them_and_no_code) {
  make_users({});
  ASSERT_EQ(run({"invite", "mint", "2", "--json"}), 0);
  const auto minted = objects();
  const std::string used = minted[0]["code"];
  const std::string unused = minted[1]["code"];
  ASSERT_TRUE(open_beside(by_invite).database.claim(request_of("ada", 1, used), start));

  EXPECT_EQ(run({"invite", "list"}), 0);
  EXPECT_FALSE(says(used) || says(unused));
  EXPECT_TRUE(says("(operator)  ada"));
  EXPECT_EQ(run({"invite", "list", "--json"}), 0);
  EXPECT_FALSE(says(used) || says(unused));
  EXPECT_EQ(objects().size(), 5U);  // two of the operator's, three that ada may pass on
  EXPECT_EQ(run({"invite", "list", "--open", "--json"}), 0);
  EXPECT_EQ(objects().size(), 4U);
  for (const auto& invite : objects()) {
    EXPECT_EQ(invite["state"], "open");
    EXPECT_EQ(invite.contains("inviter"), invite["id"] != minted[1]["id"]);
  }
}

TEST_F(CommandTest, an_invitation_is_revoked_by_its_id_or_its_code) {
  make_users({});
  ASSERT_EQ(run({"invite", "mint", "2", "--json"}), 0);
  const auto minted = objects();
  EXPECT_EQ(run({"invite", "revoke", minted[0]["id"]}), 0);
  EXPECT_TRUE(says(minted[0]["id"].get<std::string>()));
  EXPECT_EQ(run({"invite", "revoke", minted[1]["code"], "--json"}), 0);
  EXPECT_EQ(objects()[0]["id"], minted[1]["id"]);
  for (const auto& invite : minted) {
    EXPECT_EQ(open_beside(by_invite).database.claim(request_of("ada", 1, invite["code"]), start).error(),
              ClaimRefusal::invite_revoked);
  }
}

TEST_F(CommandTest, what_cannot_be_revoked_is_status_1) {
  make_users({});
  ASSERT_EQ(run({"invite", "mint", "--json"}), 0);
  const std::string id = objects()[0]["id"];
  ASSERT_EQ(run({"invite", "revoke", id}), 0);
  EXPECT_EQ(run({"invite", "revoke", id}), 1);
  EXPECT_TRUE(complains(id + ": the invitation was used or revoked already"));
  EXPECT_EQ(run({"invite", "revoke", "00000000-0000-4000-8000-000000000000"}), 1);
  EXPECT_TRUE(complains("there is no such invitation"));
  EXPECT_EQ(run({"invite", "revoke", "0000-0000-0000-0000-0000-0000"}), 1);
  EXPECT_TRUE(complains("there is no such invitation"));
}

}  // namespace
}  // namespace sisu::relay::admin
