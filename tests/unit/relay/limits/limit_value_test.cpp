#include "relay/limits/limit_value.hpp"

#include <gtest/gtest.h>

namespace sisu::relay {
namespace {

using U = LimitUnit;

TEST(LimitValue, texts_and_numbers) {
  struct Case {
    U unit;
    const char* text;
    std::uint64_t value;
  };
  for (const Case& c :
       {Case{U::count, "0", 0}, Case{U::count, "400", 400}, Case{U::bytes, "65536", 65536},
        Case{U::bytes, "64KiB", 65536}, Case{U::bytes, "64kB", 64000}, Case{U::bytes, "3B", 3},
        Case{U::bytes_per_second, "125MB/s", 125'000'000}, Case{U::bytes_per_second, "2GiB", 2ULL << 30},
        Case{U::per_minute, "600/min", 600}, Case{U::per_minute, "600", 600}, Case{U::per_hour, "60/h", 60},
        Case{U::percent, "50%", 50}, Case{U::percent, "7", 7}, Case{U::duration, "500ms", 500},
        Case{U::duration, "20s", 20'000}, Case{U::duration, "10min", 600'000}, Case{U::duration, "2h", 7'200'000}}) {
    EXPECT_EQ(parse_limit_value(c.unit, c.text).value_or(UINT64_MAX), c.value) << c.text;
  }
}

TEST(LimitValue, the_largest_unit_that_is_whole_is_written) {
  EXPECT_EQ(format_limit_value(U::duration, 0), "0ms");
  EXPECT_EQ(format_limit_value(U::duration, 1500), "1500ms");
  EXPECT_EQ(format_limit_value(U::duration, 90'000), "90s");
  EXPECT_EQ(format_limit_value(U::duration, 3'600'000), "1h");
  EXPECT_EQ(format_limit_value(U::bytes, 65536), "64KiB");
  EXPECT_EQ(format_limit_value(U::bytes, 65537), "65537B");
  EXPECT_EQ(format_limit_value(U::bytes_per_second, 125'000'000), "125MB/s");
  EXPECT_EQ(format_limit_value(U::count, 1000), "1000");
  EXPECT_EQ(format_limit_value(U::per_minute, 60), "60/min");
  EXPECT_EQ(format_limit_value(U::per_hour, 60), "60/h");
  EXPECT_EQ(format_limit_value(U::percent, 50), "50%");
}

TEST(LimitValue, what_is_written_is_read_back) {
  for (const U unit : {U::count, U::per_minute, U::per_hour, U::percent, U::bytes, U::bytes_per_second, U::duration}) {
    for (const std::uint64_t value : {0ULL, 1ULL, 999ULL, 1000ULL, 1024ULL, 60'000ULL, 1ULL << 40, 1ULL << 63}) {
      const std::string text = format_limit_value(unit, value);
      EXPECT_EQ(parse_limit_value(unit, text).value_or(7), value) << text;
    }
  }
}

TEST(LimitValue, units_of_others_are_refused) {
  for (const char* text : {"600/s", "600/h", "600 /min", "600min", "-1/min", "/min", "1kB/min"}) {
    EXPECT_FALSE(parse_limit_value(U::per_minute, text)) << text;
  }
  for (const char* text : {"60/min", "60/s", "60 /h", "60h", "/h", "1h"}) {
    EXPECT_FALSE(parse_limit_value(U::per_hour, text)) << text;
  }
  for (const char* text : {"%", "50 %", "0.5", "50%%", "50/min"}) {
    EXPECT_FALSE(parse_limit_value(U::percent, text)) << text;
  }
}

TEST(LimitValue, a_duration_without_a_unit_is_refused_and_the_refusal_says_what_is_expected) {
  const auto result = parse_limit_value(U::duration, "20");
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().find("20s"), std::string::npos);
}

}  // namespace
}  // namespace sisu::relay
