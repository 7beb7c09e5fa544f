#include "common/base/ip_address.hpp"

#include <gtest/gtest.h>

namespace sisu {
namespace {

IpAddress ip(std::string_view text) { return IpAddress::parse(text).value(); }

TEST(IpAddress, text_comes_back_in_its_shortest_form) {
  EXPECT_EQ(ip("192.0.2.1").to_string(), "192.0.2.1");
  EXPECT_EQ(ip("2001:DB8:0:0::1").to_string(), "2001:db8::1");
  EXPECT_EQ(ip("::").to_string(), "::");
}

TEST(IpAddress, v4_mapped_addresses_are_unmapped) {
  EXPECT_EQ(ip("::ffff:192.0.2.1"), ip("192.0.2.1"));
  EXPECT_TRUE(ip("::ffff:192.0.2.1").is_v4());
}

TEST(IpAddress, other_texts_are_refused) {
  for (const char* text : {"", "192.0.2", "192.0.2.256", "192.0.2.1 ", "fe80::1%eth0", "1::2::3", "example.org"}) {
    EXPECT_FALSE(IpAddress::parse(text)) << text;
  }
}

TEST(IpAddress, classes) {
  EXPECT_TRUE(ip("127.1.2.3").is_loopback());
  EXPECT_TRUE(ip("::1").is_loopback());
  EXPECT_FALSE(ip("::2").is_loopback());
  EXPECT_TRUE(ip("fe80::1").is_link_local());
  EXPECT_TRUE(ip("169.254.0.1").is_link_local());
  EXPECT_TRUE(ip("ff02::1").is_multicast());
  EXPECT_TRUE(ip("224.0.0.1").is_multicast());
  EXPECT_TRUE(ip("10.0.0.1").is_private());
  EXPECT_TRUE(ip("172.31.0.1").is_private());
  EXPECT_FALSE(ip("172.32.0.1").is_private());
  EXPECT_TRUE(ip("fd53::25").is_private());
  EXPECT_TRUE(ip("0.0.0.0").is_unspecified());
  EXPECT_TRUE(ip("::").is_unspecified());
}

TEST(IpAddress, source_prefix_is_24_or_64_bits) {
  EXPECT_EQ(source_prefix(ip("192.0.2.77")), ip("192.0.2.0"));
  EXPECT_EQ(source_prefix(ip("2001:db8:1:2:3:4:5:6")), ip("2001:db8:1:2::"));
  EXPECT_EQ(ip("2001:db8:1:2:3:4:5:6").masked(0), ip("::"));
  EXPECT_EQ(ip("192.0.2.255").masked(25), ip("192.0.2.128"));
}

TEST(Endpoint, text_comes_back) {
  for (const char* text : {"192.0.2.1:25", "[2001:db8::1]:2525", "[::]:0"}) {
    EXPECT_EQ(Endpoint::parse(text).value().to_string(), text);
  }
}

TEST(Endpoint, other_texts_are_refused) {
  for (const char* text :
       {"", ":", ":25", "192.0.2.1", "192.0.2.1:", "192.0.2.1:65536", "192.0.2.1:025", "192.0.2.1:+5", "2001:db8::1:25",
        "[192.0.2.1]:25", "[2001:db8::1]", "[2001:db8::1]25", "[]:25"}) {
    EXPECT_FALSE(Endpoint::parse(text)) << text;
  }
}

}  // namespace
}  // namespace sisu
