#include "relay/host/listening_ports.hpp"

#include <gtest/gtest.h>

namespace sisu::relay::host {
namespace {

// proc(5): 127.0.0.1:8080 listening, 0.0.0.0:25 listening, an established connection.
constexpr std::string_view v4_text =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
    "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0 100 0 0 10 0\n"
    "   1: 00000000:0019 00000000:0000 0A 00000000:00000000 00:00000000 00000000   104        0 4712 1 0 100 0 0 10 0\n"
    "   2: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 4713 1 0 20 4 30 10 "
    "-1\n";
constexpr std::string_view v6_text =
    "  sl  local_address                         remote_address                        st ...\n"
    "   0: 00000000000000000000000000000000:09DD 00000000000000000000000000000000:0000 0A 0:0 0:0 0 0 0 4714 1\n"
    "   1: B80D0120000000000000000001000000:0019 00000000000000000000000000000000:0000 0A 0:0 0:0 0 0 0 4715 1\n";

TEST(ListeningPorts, only_listening_sockets_are_found) {
  const auto ports = parse_proc_net_tcp(v4_text);
  ASSERT_EQ(ports.size(), 2U);
  EXPECT_EQ(ports[0], (ListeningPort{Endpoint::parse("127.0.0.1:8080").value(), 4711}));
  EXPECT_EQ(ports[1], (ListeningPort{Endpoint::parse("0.0.0.0:25").value(), 4712, 104}));
}

TEST(ListeningPorts, ipv6_addresses_are_read_word_by_word) {
  const auto ports = parse_proc_net_tcp(v6_text);
  ASSERT_EQ(ports.size(), 2U);
  EXPECT_EQ(ports[0].address.to_string(), "[::]:2525");
  EXPECT_EQ(ports[1].address.to_string(), "[2001:db8::1]:25");
}

TEST(ListeningPorts, lines_that_do_not_parse_are_skipped) {
  for (const std::string_view text : {"", "\n", "garbage\n", "0: xyz 0 0A\n", "0: 0100007F 0 0A 0 0 0 0 0 1\n",
                                      "0: 0100007F:1F90Z 0 0A 0 0 0 0 0 1\n", "0: 0100007G:1F90 0 0A 0 0 0 0 0 1\n",
                                      "0: 0100007F:1F90 0 0A 0 0 0 0 0 x\n", "0: 0100007F:1F90 0 0A 0 0 0 0\n"}) {
    EXPECT_TRUE(parse_proc_net_tcp(text).empty()) << text;
  }
}

TEST(ListeningPorts, a_wildcard_is_found_by_its_port) {
  const auto ports = parse_proc_net_tcp(v4_text);
  EXPECT_EQ(wildcard_on(ports, 25).value().inode, 4712U);
  EXPECT_FALSE(wildcard_on(ports, 8080));
  EXPECT_FALSE(wildcard_on(ports, 26));
  EXPECT_EQ(wildcard_on(parse_proc_net_tcp(v6_text), 2525).value().inode, 4714U);
}

TEST(ListeningPorts, nobody_has_inode_0) { EXPECT_FALSE(program_of(0)); }

TEST(ListeningPorts, where_the_program_is_not_to_be_seen_its_user_is_named) {
  EXPECT_EQ(owner_of({Endpoint(), 0, 0}), "a program of the user root");
  EXPECT_EQ(owner_of({Endpoint(), 0, 4'000'000'000}), "a program of the user 4000000000");
}

}  // namespace
}  // namespace sisu::relay::host
