#include "relay/account/user_address.hpp"

#include <gtest/gtest.h>

#include <set>

namespace sisu::relay {
namespace {

TEST(UserAddress, a_prefix_is_a_network_of_64_bits) {
  const auto prefix = UserPrefix::parse("2001:db8:1:2::/64");
  ASSERT_TRUE(prefix);
  EXPECT_EQ(prefix->to_string(), "2001:db8:1:2::/64");
  EXPECT_TRUE(prefix->contains(*IpAddress::parse("2001:db8:1:2:ffff::1")));
  EXPECT_FALSE(prefix->contains(*IpAddress::parse("2001:db8:1:3::1")));
  EXPECT_FALSE(prefix->contains(*IpAddress::parse("192.0.2.1")));
}

TEST(UserAddress, other_prefixes_are_refused) {
  for (const auto* text : {"", "/64", "2001:db8:1:2::", "2001:db8:1:2::/63", "2001:db8:1:2::/128", "2001:db8:1:2::1/64",
                           "2001:db8:1:2::/064", "2001:db8:1:2::/64 ", "ff02::/64", "fe80::/64", "::/64",
                           "192.0.2.0/64", "::ffff:192.0.2.0/64", "x/64"})
    EXPECT_FALSE(UserPrefix::parse(text)) << text;
}

TEST(UserAddress, the_interface_identifier_is_the_lower_half) {
  const auto id = InterfaceId::parse("0123456789abcdef");
  ASSERT_TRUE(id);
  EXPECT_EQ(UserPrefix::parse("2001:db8:1:2::/64")->address(*id).to_string(), "2001:db8:1:2:123:4567:89ab:cdef");
  EXPECT_EQ(id->to_string(), "0123456789abcdef");
}

TEST(UserAddress, what_is_not_given_out_is_refused) {
  for (const auto* text :
       {"0000000000000000", "0000000000000001", "0000000000000025", "000000000000ffff", "fdffffffffffff80",
        "fdffffffffffffff", "02005efffe000000", "02005efffeffffff", "123456789abcdef", "00123456789abcdef",
        "0123456789ABCDEF", "0123456789abcdeg", "+123456789abcdef", ""})
    EXPECT_FALSE(InterfaceId::parse(text)) << text;
  for (const auto* text : {"0000000000010000", "fdffffffffffff7f", "fe00000000000000", "02005efffdffffff",
                           "02005effff000000", "ffffffffffffffff"})
    EXPECT_TRUE(InterfaceId::parse(text)) << text;
}

TEST(UserAddress, random_identifiers_differ_and_may_be_given_out) {
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 1000; ++i) {
    const InterfaceId id = InterfaceId::random();
    EXPECT_TRUE(InterfaceId::is_given_out(id.value()));
    EXPECT_TRUE(seen.insert(id.value()).second);
  }
}

}  // namespace
}  // namespace sisu::relay
