#include "relay/account/reserved_names.hpp"

#include "relay/account/account_name.hpp"

#include <gtest/gtest.h>

namespace sisu::relay {
namespace {

TEST(ReservedNames, the_role_addresses_of_rfc_2142_are_reserved) {
  for (const auto* name : {"info", "marketing", "sales", "support", "abuse", "noc", "security", "postmaster",
                           "hostmaster", "usenet", "news", "webmaster", "www", "uucp", "ftp"})
    EXPECT_TRUE(is_reserved(name)) << name;
}

TEST(ReservedNames, what_has_a_meaning_under_the_zone_is_reserved) {
  for (const auto* name : {"v6", "t1", "spool", "mx", "ns1", "www", "mta-sts", "autoconfig", "autodiscover",
                           "openpgpkey", "relay", "ssh", "smtp", "imap", "pop3", "submission", "localhost"})
    EXPECT_TRUE(is_reserved(name)) << name;
}

TEST(ReservedNames, others_are_not) {
  for (const auto* name : {"niklas", "", "v", "v60", "postmaster2", "zzzz", "a"})
    EXPECT_FALSE(is_reserved(name)) << name;
}

TEST(ReservedNames, each_could_be_a_name_otherwise_and_has_a_reason) {
  for (const auto& [name, reason] : reserved_names()) {
    EXPECT_TRUE(AccountName::parse_stored(name)) << name;
    EXPECT_EQ(AccountName::parse(name).error(), NameError::reserved) << name;
    EXPECT_GT(reason.size(), 10U) << name;
  }
}

TEST(ReservedNames, none_stands_twice) {
  for (std::size_t i = 1; i < reserved_names().size(); ++i)
    EXPECT_LT(reserved_names()[i - 1].name, reserved_names()[i].name);
}

}  // namespace
}  // namespace sisu::relay
