#include "client/link/relay_address.hpp"

#include <gtest/gtest.h>

namespace sisu::client {
namespace {

TEST(RelayAddress, names_and_addresses_are_taken_with_and_without_a_port) {
  struct Case {
    const char* text;
    RelayAddress expected;
    const char* written;
  };
  for (const Case& one : {
           Case{"relay.example.org:2222", {"relay.example.org", 2222}, "relay.example.org:2222"},
           Case{"relay.example.org", {"relay.example.org", 22}, "relay.example.org:22"},
           Case{"192.0.2.1:65535", {"192.0.2.1", 65535}, "192.0.2.1:65535"},
           Case{"[2001:db8::1]:2222", {"2001:db8::1", 2222}, "[2001:db8::1]:2222"},
           Case{"[::1]", {"::1", 22}, "[::1]:22"},
           Case{"localhost:1", {"localhost", 1}, "localhost:1"},
       }) {
    const auto parsed = RelayAddress::parse(one.text);
    ASSERT_TRUE(parsed) << one.text;
    EXPECT_EQ(*parsed, one.expected) << one.text;
    EXPECT_EQ(parsed->to_string(), one.written);
  }
}

TEST(RelayAddress, what_is_neither_is_refused) {
  const std::string long_name(254, 'a');
  for (const std::string& text : {std::string(),
                                  std::string(":"),
                                  std::string(":2222"),
                                  std::string("host:"),
                                  std::string("host:0"),
                                  std::string("host:65536"),
                                  std::string("host:-1"),
                                  std::string("host:+1"),
                                  std::string("host:22x"),
                                  std::string("host: 22"),
                                  std::string("2001:db8::1"),
                                  std::string("2001:db8::1:2222"),
                                  std::string("[192.0.2.1]:22"),
                                  std::string("[]:22"),
                                  std::string("[::1"),
                                  std::string("user@host:22"),
                                  std::string("ho st:22"),
                                  std::string("host\n:22"),
                                  std::string("-oProxyCommand:22"),
                                  std::string("host:22:22"),
                                  long_name}) {
    EXPECT_FALSE(RelayAddress::parse(text)) << text;
  }
}

}  // namespace
}  // namespace sisu::client
