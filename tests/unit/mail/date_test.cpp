#include "common/mail/date.hpp"

#include <gtest/gtest.h>

namespace sisu::mail {
namespace {

std::string at(long seconds) {
  return format_date(std::chrono::system_clock::time_point(std::chrono::seconds(seconds)));
}

TEST(Date, is_written_as_rfc_5322_has_it) {
  EXPECT_EQ(at(0), "Thu, 1 Jan 1970 00:00:00 +0000");
  EXPECT_EQ(at(1795166927), "Fri, 20 Nov 2026 09:28:47 +0000");
  EXPECT_EQ(at(951782399), "Mon, 28 Feb 2000 23:59:59 +0000");
  EXPECT_EQ(at(951782400), "Tue, 29 Feb 2000 00:00:00 +0000");
  EXPECT_EQ(at(-1), "Wed, 31 Dec 1969 23:59:59 +0000");
}

TEST(Date, fractions_of_a_second_are_cut) {
  EXPECT_EQ(format_date(std::chrono::system_clock::time_point(std::chrono::milliseconds(1999))),
            "Thu, 1 Jan 1970 00:00:01 +0000");
}

}  // namespace
}  // namespace sisu::mail
