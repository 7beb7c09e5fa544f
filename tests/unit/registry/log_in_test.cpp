#include "relay/registry/log_in.hpp"

#include "tests/unit/registry/registry_fixture.hpp"

namespace sisu::relay {
namespace {

using test::key_of;
using test::name_of;
using test::request_of;
using test::start;

class LogInTest : public test::RegistryFixture {
 protected:
  LogInTest() {
    auto registry = open();
    for (const auto& [name, key] : {std::pair{"active", 1U}, {"suspended", 2U}, {"removed", 3U}, {"purged", 4U}})
      EXPECT_TRUE(registry.database.claim(request_of(name, key), start));
    EXPECT_TRUE(registry.database.set_state(name_of("suspended"), AccountState::suspended));
    for (const auto* name : {"removed", "purged"})
      EXPECT_TRUE(registry.database.set_state(name_of(name), AccountState::removed));
    EXPECT_TRUE(registry.database.purge(name_of("purged"), PurgedName::kept));
    (void)directory_.replace(registry.database.accounts(), registry.database.retired());
  }
  LogIn judge(std::string_view name, unsigned key) const {
    return judge_log_in(directory_, name, key_of(key).fingerprint());
  }

  AccountDirectory directory_;
};

TEST_F(LogInTest, the_owner_is_accepted_in_either_case) {
  for (const auto* name : {"active", "ACTIVE"}) {
    const LogIn log_in = judge(name, 1);
    EXPECT_EQ(log_in.verdict, LogInVerdict::accepted);
    EXPECT_EQ(log_in.account->name.to_string(), "active");
    EXPECT_TRUE(describe(log_in).empty());
  }
}

TEST_F(LogInTest, an_unknown_key_under_a_free_name_may_claim) {
  EXPECT_EQ(judge("free", 9).verdict, LogInVerdict::may_claim);
  EXPECT_EQ(judge("free", 9).account, nullptr);
}

TEST_F(LogInTest, others_are_refused_with_the_reason) {
  const std::tuple<const char*, unsigned, LogInVerdict> refused[] = {
      {"active", 9, LogInVerdict::name_is_anothers},   {"suspended", 9, LogInVerdict::name_is_anothers},
      {"removed", 9, LogInVerdict::name_is_anothers},  {"purged", 9, LogInVerdict::name_is_anothers},
      {"free", 1, LogInVerdict::key_has_another_name}, {"suspended", 1, LogInVerdict::key_has_another_name},
      {"free", 4, LogInVerdict::key_retired},          {"purged", 4, LogInVerdict::key_retired},
      {"suspended", 2, LogInVerdict::suspended},       {"removed", 3, LogInVerdict::removed},
      {"xn--a", 9, LogInVerdict::name_not_allowed},    {"postmaster", 9, LogInVerdict::name_not_allowed},
      {"", 9, LogInVerdict::name_not_allowed},         {"a.b", 1, LogInVerdict::name_not_allowed},
      {"root", 9, LogInVerdict::name_not_allowed},
  };
  for (const auto& [name, key, verdict] : refused) {
    const LogIn log_in = judge(name, key);
    EXPECT_EQ(log_in.verdict, verdict) << name << ' ' << key;
    EXPECT_NE(describe(log_in).find(": "), std::string_view::npos) << name;
  }
}

TEST_F(LogInTest, a_stranger_does_not_learn_that_an_account_is_suspended) {
  EXPECT_EQ(describe(judge("suspended", 9)), describe(judge("active", 9)));
  EXPECT_EQ(judge("suspended", 9).account, nullptr);
}

TEST_F(LogInTest, a_name_that_was_reserved_later_still_logs_its_owner_in) {
  Account account = *directory_.find(name_of("active"));
  account.name = AccountName::parse_stored("spool").value();
  (void)directory_.replace({std::make_shared<const Account>(account)}, {});
  EXPECT_EQ(judge("spool", 1).verdict, LogInVerdict::accepted);
  EXPECT_EQ(judge("spool", 9).verdict, LogInVerdict::name_is_anothers);
}

}  // namespace
}  // namespace sisu::relay
