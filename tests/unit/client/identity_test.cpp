#include "client/link/identity.hpp"

#include <gtest/gtest.h>

namespace sisu::client {
namespace {

constexpr const char* whole = R"({"name":"niklas","fingerprint":"SHA256:abc","addresses":["[2001:db8::1]:25"],)"
                              R"("session":"urn:uuid:5f0c6a4e-1d2b-4c3d-8e9f-0123456789ab","later":{"x":1}})";

TEST(Identity, an_answer_is_read_and_unknown_members_are_skipped) {
  const auto identity = parse_identity(whole);
  ASSERT_TRUE(identity);
  EXPECT_EQ(identity->name, "niklas");
  EXPECT_EQ(identity->fingerprint, "SHA256:abc");
  EXPECT_EQ(identity->addresses, std::vector<std::string>{"[2001:db8::1]:25"});
  ASSERT_TRUE(identity->session);
  EXPECT_EQ(identity->session->to_string(), "5f0c6a4e-1d2b-4c3d-8e9f-0123456789ab");
}

TEST(Identity, addresses_and_session_may_be_missing) {
  const auto identity = parse_identity(R"({"name":"n","fingerprint":"f"})");
  ASSERT_TRUE(identity);
  EXPECT_TRUE(identity->addresses.empty());
  EXPECT_FALSE(identity->session);
  EXPECT_FALSE(parse_identity(R"({"name":"n","fingerprint":"f","session":"no urn"})")->session);
}

TEST(Identity, what_a_registry_adds) {
  const auto identity = parse_identity(
      R"({"name":"n","fingerprint":"f","mail_domain":"n.example.org","host":"n.v6.example.org","tier2":false,"invites":["a","b"]})");
  ASSERT_TRUE(identity);
  EXPECT_EQ(identity->mail_domain, "n.example.org");
  EXPECT_EQ(identity->host, "n.v6.example.org");
  EXPECT_EQ(identity->tier2, false);
  EXPECT_EQ(identity->invites, 2U);
  EXPECT_FALSE(parse_identity(R"({"name":"n","fingerprint":"f"})")->tier2);
}

TEST(Identity, control_characters_do_not_reach_a_log) {
  const auto identity = parse_identity(R"({"name":"a\u001b[31m\nb","fingerprint":"f"})");
  ASSERT_TRUE(identity);
  EXPECT_EQ(identity->name, "a?[31m?b");
}

TEST(Identity, what_makes_no_sense_is_refused) {
  struct Case {
    std::string text;
    IdentityError error;
  };
  for (const Case& one : {
           Case{"", IdentityError::not_an_object},
           Case{"[]", IdentityError::not_an_object},
           Case{"{", IdentityError::not_an_object},
           Case{"whoami: no such command", IdentityError::not_an_object},
           Case{"{}", IdentityError::member_missing},
           Case{R"({"name":"n"})", IdentityError::member_missing},
           Case{R"({"name":1,"fingerprint":"f"})", IdentityError::member_of_wrong_type},
           Case{R"({"name":"n","fingerprint":"f","addresses":"x"})", IdentityError::member_of_wrong_type},
           Case{R"({"name":"n","fingerprint":"f","addresses":[1]})", IdentityError::member_of_wrong_type},
           Case{R"({"name":"n","fingerprint":"f","mail_domain":1})", IdentityError::member_of_wrong_type},
           Case{R"({"name":"n","fingerprint":"f","tier2":"on"})", IdentityError::member_of_wrong_type},
           Case{R"({"name":"n","fingerprint":"f","invites":3})", IdentityError::member_of_wrong_type},
           Case{std::string(5000, ' '), IdentityError::too_long},
       }) {
    const auto identity = parse_identity(one.text);
    ASSERT_FALSE(identity) << one.text;
    EXPECT_EQ(identity.error(), one.error) << one.text;
    EXPECT_NE(describe(one.error), "");
  }
}

}  // namespace
}  // namespace sisu::client
