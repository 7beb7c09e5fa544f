#include "common/smtp/extensions.hpp"

#include <gtest/gtest.h>

namespace sisu::smtp {
namespace {

TEST(Extensions, offers_are_read_without_case_and_unknown_ones_skipped) {
  const auto offered = parse_extensions(
      {250, "", "mail.example says hello\nstarttls\nPIPELINING\nSIZE 1000\n8bitmime\nX-ELSE\nChunking\nSMTPUTF8"});
  EXPECT_TRUE(offered.starttls && offered.pipelining && offered.eight_bit_mime && offered.chunking && offered.smtputf8);
  EXPECT_FALSE(offered.binary_mime);
  EXPECT_EQ(offered.max_size, 1000U);
}

TEST(Extensions, the_first_line_offers_nothing) {
  EXPECT_FALSE(parse_extensions({250, "", "STARTTLS"}).starttls);
  EXPECT_FALSE(parse_extensions({250, "", ""}).pipelining);
}

TEST(Extensions, a_size_that_is_none_sets_no_limit) {
  for (const std::string line :
       {"SIZE", "SIZE 0", "SIZE many", "SIZE -1", "SIZE 99999999999999999999999", "SIZE 1 2"}) {
    const auto offered = parse_extensions({250, "", "mail.example\n" + line});
    EXPECT_TRUE(offered.size) << line;
    EXPECT_FALSE(offered.max_size) << line;
  }
}

}  // namespace
}  // namespace sisu::smtp
