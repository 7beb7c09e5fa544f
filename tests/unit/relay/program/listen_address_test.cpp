#include "relay/listen_address.hpp"

#include <gtest/gtest.h>

namespace sisu::relay {
namespace {

TEST(ListenAddress, a_port_alone_means_loopback) {
  const auto addresses = parse_dev_listen(":2525").value();
  ASSERT_FALSE(addresses.empty());
  EXPECT_EQ(addresses.front().to_string(), "127.0.0.1:2525");
  EXPECT_TRUE(addresses.size() == 1 || addresses[1].to_string() == "[::1]:2525");
}

TEST(ListenAddress, loopback_addresses_are_taken_as_they_are) {
  for (const char* text : {"127.0.0.1:2525", "127.9.9.9:0", "[::1]:25"}) {
    EXPECT_EQ(parse_dev_listen(text).value(), std::vector{Endpoint::parse(text).value()});
  }
}

TEST(ListenAddress, what_is_not_loopback_is_refused_with_the_reason) {
  for (const char* text : {"0.0.0.0:2525", "[::]:2525", "192.0.2.1:25", "[2001:db8::1]:25", "10.0.0.1:25"}) {
    const auto addresses = parse_dev_listen(text);
    ASSERT_FALSE(addresses) << text;
    EXPECT_NE(addresses.error().find("loopback"), std::string::npos);
  }
}

TEST(ListenAddress, in_a_zone_a_port_alone_means_every_address_of_the_machine) {
  const auto addresses = parse_zone_listen(":22").value();
  ASSERT_FALSE(addresses.empty());
  EXPECT_EQ(addresses.front().to_string(), "0.0.0.0:22");
  EXPECT_TRUE(addresses.size() == 1 || addresses[1].to_string() == "[::]:22");
  EXPECT_EQ(parse_zone_listen("192.0.2.1:22").value(), std::vector{Endpoint::parse("192.0.2.1:22").value()});
}

TEST(ListenAddress, other_texts_are_refused) {
  for (const char* text : {"", ":", "2525", ":65536", ":-1", ": 25", ":25 ", "localhost:25", "127.0.0.1", "::1:25",
                           "[::1]", "127.0.0.1:"}) {
    EXPECT_FALSE(parse_dev_listen(text)) << text;
    EXPECT_FALSE(parse_zone_listen(text)) << text;
  }
}

}  // namespace
}  // namespace sisu::relay
