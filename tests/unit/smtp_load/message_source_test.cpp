#include "tests/support/smtp_load/message_source.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace sisu::load {
namespace {

TEST(MessageSource, a_message_has_its_size_and_whole_lines) {
  for (std::size_t octets = least_message_octets; octets < least_message_octets + 400; ++octets) {
    const auto message = make_message(octets, 1, octets);
    ASSERT_EQ(message.bytes.size(), octets);
    ASSERT_TRUE(message.bytes.ends_with("\r\n"));
    std::size_t line_start = 0;
    for (std::size_t at = message.bytes.find_first_of("\r\n"); at != std::string::npos;
         at = message.bytes.find_first_of("\r\n", at)) {
      ASSERT_EQ(message.bytes.compare(at, 2, "\r\n"), 0) << octets;
      ASSERT_LE(at - line_start, 78U);
      line_start = at += 2;
    }
  }
}

TEST(MessageSource, the_same_seed_and_number_make_the_same_message_and_others_do_not) {
  EXPECT_EQ(make_message(5, 1, 4096).bytes, make_message(5, 1, 4096).bytes);
  std::set<std::string> digests;
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    for (std::uint64_t number = 0; number < 100; ++number) digests.insert(make_message(number, seed, 600).sha256);
  }
  EXPECT_EQ(digests.size(), 1000U);
}

TEST(MessageSource, dots_that_must_be_doubled_are_there) {
  const auto message = make_message(1, 1, 64 * 1024);
  EXPECT_NE(message.bytes.find("\r\n.\r\n"), std::string::npos);
  EXPECT_NE(message.bytes.find("\r\n.A"), std::string::npos);
}

TEST(SizeMix, each_share_gets_its_count_in_a_round) {
  const auto mix = SizeMix::parse("900:1k-64k,90:64k-1m,10:20m").value();
  std::map<int, int> counts;
  for (std::uint64_t number = 0; number < 1000; ++number) {
    const std::size_t size = mix.size_of(number, 3);
    EXPECT_GE(size, 1024U);
    ++counts[size == 20 * 1024 * 1024 ? 2 : size > 64 * 1024 ? 1 : 0];
  }
  EXPECT_GE(counts[0], 900);  // 64k itself may be of either share
  EXPECT_EQ(counts[0] + counts[1], 990);
  EXPECT_EQ(counts[2], 10);
}

TEST(SizeMix, plain_sizes_have_units) {
  EXPECT_EQ(SizeMix::parse("4096").value().size_of(0, 1), 4096U);
  EXPECT_EQ(SizeMix::parse("4k").value().size_of(9, 1), 4096U);
  EXPECT_EQ(SizeMix::parse("1m").value().size_of(7, 2), 1024U * 1024U);
}

TEST(SizeMix, refuses_what_is_no_list_of_sizes) {
  for (const char* text : {"", "x", "4q", "4kk", "-4k", "4k-", "64k-4k", "0:4k", ":4k", "4k,", ",4k", "1:2:4k", "511",
                           "99999999999999999999"}) {
    EXPECT_FALSE(SizeMix::parse(text)) << text;
  }
}

}  // namespace
}  // namespace sisu::load
