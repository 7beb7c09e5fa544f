#include "relay/limits/limit_table.hpp"

#include <gtest/gtest.h>

#include <set>

namespace sisu::relay {
namespace {

TEST(LimitTable, every_default_is_within_its_own_range) {
  std::set<std::string_view> names;
  for (const LimitRow& row : limit_table()) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    Limits limits;
    const std::string assignment = std::string(row.name) + "=" + value_text(row, limits);
    EXPECT_TRUE(set_limit(limits, assignment)) << assignment;
    EXPECT_EQ(value_text(row, limits), value_text(row, Limits{}));
  }
}

// The aggregate has no other members than the table's: each row's member lies where the one before it ends.
TEST(LimitTable, every_member_of_the_aggregate_has_a_row) {
  EXPECT_EQ(sizeof(Limits), limit_count * sizeof(std::uint64_t));
}

TEST(LimitTable, every_limit_can_be_set_to_its_least_and_greatest_value) {
  for (const LimitRow& row : limit_table()) {
    const std::string unit = row.unit == LimitUnit::duration ? "ms" : "";
    for (const std::uint64_t value : {row.least, row.most}) {
      Limits limits;
      EXPECT_TRUE(set_limit(limits, std::string(row.name) + "=" + std::to_string(value) + unit)) << row.name;
    }
  }
}

TEST(LimitTable, a_value_beyond_the_range_is_refused_with_the_range) {
  for (const LimitRow& row : limit_table()) {
    const std::string unit = row.unit == LimitUnit::duration ? "ms" : "";
    Limits limits;
    const auto result = set_limit(limits, std::string(row.name) + "=" + std::to_string(row.most + 1) + unit);
    ASSERT_FALSE(result) << row.name;
    EXPECT_NE(result.error().find("must be between"), std::string::npos);
  }
}

TEST(LimitTable, setting_one_limit_leaves_the_others) {
  Limits limits;
  ASSERT_TRUE(set_limit(limits, "login-time=5s"));
  EXPECT_EQ(limits.login_time, std::chrono::seconds(5));
  ASSERT_TRUE(set_limit(limits, "user-rate=1GB/s"));
  EXPECT_EQ(limits.user_rate, 1'000'000'000U);
  EXPECT_EQ(limits.idle, Limits{}.idle);
}

TEST(LimitTable, an_unknown_name_lists_the_names) {
  Limits limits;
  const auto result = set_limit(limits, "idel=5s");
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().find("\"idel\""), std::string::npos);
  for (const LimitRow& row : limit_table()) EXPECT_NE(result.error().find(row.name), std::string::npos) << row.name;
}

TEST(LimitTable, what_is_no_assignment_is_refused) {
  Limits limits;
  for (const char* text : {"", "idle", "idle:5s", "=5s", "idle=", "idle=5", "idle=s", "idle=5 s", "idle=-5s", "idle=5S",
                           "unauthenticated=5s", "unauthenticated=1k", "pipe-buffer=64KiB/s", "pipe-buffer=64 KiB",
                           "user-rate=1Mbit/s", "idle=99999999999999999999s", "user-rate=99999999999GB"}) {
    EXPECT_FALSE(set_limit(limits, text)) << text;
  }
}

TEST(LimitTable, show_limits_has_one_line_per_limit) {
  Limits limits;
  ASSERT_TRUE(set_limit(limits, "idle=90s"));
  const std::string text = show_limits(limits);
  EXPECT_EQ(static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')), limit_count + 1);
  const std::size_t line = text.find("\nidle ");
  ASSERT_NE(line, std::string::npos);
  EXPECT_NE(text.find("90s", line), std::string::npos);
  EXPECT_NE(text.find("10min", line), std::string::npos);
}

}  // namespace
}  // namespace sisu::relay
