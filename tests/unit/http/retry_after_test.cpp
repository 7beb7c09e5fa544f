#include "common/http/retry_after.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sisu::http_client {
namespace {

using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::sys_seconds;
using std::chrono::year;

// 1994-11-06 08:49:37: the example of RFC 9110 5.6.7
const sys_seconds example =
    sys_days(year(1994) / 11 / 6) + std::chrono::hours(8) + std::chrono::minutes(49) + seconds(37);

TEST(RetryAfter, the_three_forms_of_a_date_are_the_same_time) {
  const sys_seconds now = example - seconds(90);
  for (const char* text :
       {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"}) {
    EXPECT_EQ(parse_retry_after(text, now), seconds(90)) << text;
  }
}

TEST(RetryAfter, seconds_are_taken_as_they_are) {
  EXPECT_EQ(parse_retry_after("0", example), seconds(0));
  EXPECT_EQ(parse_retry_after("120", example), seconds(120));
  EXPECT_EQ(parse_retry_after("007", example), seconds(7));
}

TEST(RetryAfter, a_date_is_how_far_it_is_ahead) {
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", example - seconds(90)), seconds(90));
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", example + seconds(90)), seconds(0));
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", example - std::chrono::milliseconds(500)), seconds(1));
}

TEST(RetryAfter, nobody_silences_us_for_more_than_a_year) {
  EXPECT_EQ(parse_retry_after("99999999999", example), longest_retry_after);
  EXPECT_EQ(parse_retry_after(std::string(400, '9'), example), longest_retry_after);
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 9999 08:49:37 GMT", example), longest_retry_after);
}

TEST(RetryAfter, what_is_neither_is_refused) {
  for (const std::string text :
       {"", " ", "-1", "+1", "1.5", "1s", "0x10", "soon", "1 2", "Sun", "Sun, 06 Nov 1994 24:00:00 GMT",
        "Sun, 32 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:60:37 GMT"}) {
    EXPECT_FALSE(parse_retry_after(text, example)) << text;
  }
  EXPECT_FALSE(parse_retry_after("Sun, 06 Nov 1994 08:49:37 GMT" + std::string(100, ' '), example)) << "too long";
}

}  // namespace
}  // namespace sisu::http_client
