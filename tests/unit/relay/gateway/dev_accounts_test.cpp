#include "relay/gateway/dev_accounts.hpp"

#include "tests/support/scratch_directory.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>

namespace sisu::relay::gateway {
namespace {

const Account niklas{"niklas", {Endpoint::parse("127.0.0.1:2525").value()}};

ssh::PublicKey some_key() { return ssh::PrivateKey::generate().public_key(); }

class DevAccountsTest : public testing::Test {
 protected:
  std::unique_ptr<DevAccounts> open() { return DevAccounts::open(niklas, scratch / "dev_user").value(); }
  test::ScratchDirectory scratch;
};

TEST_F(DevAccountsTest, the_first_key_is_the_users_and_is_remembered) {
  const auto key = some_key();
  ASSERT_TRUE(open()->log_in("niklas", key));
  const auto again = open();
  EXPECT_EQ(std::get<Account>(again->log_in("niklas", key).value()).addresses, niklas.addresses);
  EXPECT_FALSE(again->log_in("niklas", some_key()));
}

TEST_F(DevAccountsTest, another_key_is_told_whose_the_name_is_and_what_to_do) {
  const auto key = some_key();
  const auto accounts = open();
  ASSERT_TRUE(accounts->log_in("niklas", key));
  const auto refused = accounts->log_in("niklas", some_key());
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().find(key.fingerprint()), std::string::npos);
  EXPECT_NE(refused.error().find("ssh -i"), std::string::npos);
  EXPECT_EQ(refused.error().find('\n'), std::string::npos);
}

TEST_F(DevAccountsTest, another_name_is_refused_and_does_not_use_up_the_first_key) {
  const auto accounts = open();
  for (const char* name : {"otto", "", "Niklas", "niklas ", "root"}) {
    const auto refused = accounts->log_in(name, some_key());
    ASSERT_FALSE(refused) << name;
    EXPECT_NE(refused.error().find("niklas"), std::string::npos);
  }
  EXPECT_TRUE(accounts->log_in("niklas", some_key()));
}

TEST_F(DevAccountsTest, the_file_is_for_the_owner_alone) {
  ASSERT_TRUE(open()->log_in("niklas", some_key()));
  struct stat status {};
  ASSERT_EQ(::stat((scratch / "dev_user").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600U);
}

TEST_F(DevAccountsTest, a_file_of_another_name_or_without_sense_is_refused) {
  const std::string key = some_key().to_openssh();
  for (const std::string& text : {std::string(), std::string("\n"), std::string("niklas\n"), "otto " + key + "\n",
                                  std::string("niklas ssh-ed25519 AAAA\n"), "niklas" + key, std::string(5000, 'x')}) {
    test::write_file(scratch / "dev_user", text);
    const auto accounts = DevAccounts::open(niklas, scratch / "dev_user");
    ASSERT_FALSE(accounts) << text;
    EXPECT_NE(accounts.error().find("dev_user"), std::string::npos);
  }
}

TEST_F(DevAccountsTest, a_key_that_cannot_be_remembered_is_not_let_in) {
  const auto accounts = DevAccounts::open(niklas, scratch / "missing/dev_user").value();
  EXPECT_FALSE(accounts->log_in("niklas", some_key()));
}

}  // namespace
}  // namespace sisu::relay::gateway
