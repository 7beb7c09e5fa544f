#include "relay/limits/arrival_rate.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sisu::relay {
namespace {

using namespace std::chrono_literals;
using Names = ArrivalRate<std::string>;

int admitted(Names& rate, const std::string& key, int tries, Names::Clock::time_point now) {
  int count = 0;
  for (int i = 0; i < tries; ++i) count += rate.admit(key, now) ? 1 : 0;
  return count;
}

TEST(ArrivalRate, a_minutes_worth_may_come_at_once_and_then_the_rate_holds) {
  Names rate(60);
  const auto now = Names::Clock::now();
  EXPECT_EQ(admitted(rate, "a", 100, now), 60);
  EXPECT_EQ(admitted(rate, "a", 100, now + 999ms), 0);
  EXPECT_EQ(admitted(rate, "a", 100, now + 1s), 1);
  EXPECT_EQ(admitted(rate, "a", 100, now + 11s), 10);
}

TEST(ArrivalRate, the_window_may_be_an_hour) {
  Names rate(60, 1h);
  const auto now = Names::Clock::now();
  EXPECT_EQ(admitted(rate, "a", 100, now), 60);
  EXPECT_EQ(admitted(rate, "a", 100, now + 59s), 0);
  EXPECT_EQ(admitted(rate, "a", 100, now + 60s), 1);
  EXPECT_EQ(admitted(rate, "b", 1, now + 45min), 1);  // turns nothing over
  EXPECT_EQ(admitted(rate, "a", 100, now + 61min), 60);
}

TEST(ArrivalRate, after_a_quiet_minute_all_of_it_may_come_again) {
  Names rate(60);
  const auto now = Names::Clock::now();
  EXPECT_EQ(admitted(rate, "a", 100, now), 60);
  EXPECT_EQ(admitted(rate, "a", 100, now + 1min), 60);
  EXPECT_EQ(admitted(rate, "a", 100, now + 10min), 60);
}

TEST(ArrivalRate, those_that_were_refused_cost_nothing) {
  Names rate(60);
  const auto now = Names::Clock::now();
  EXPECT_EQ(admitted(rate, "a", 100'000, now), 60);
  EXPECT_EQ(admitted(rate, "a", 100, now + 30s), 30);
}

TEST(ArrivalRate, keys_do_not_disturb_each_other) {
  Names rate(1);
  const auto now = Names::Clock::now();
  EXPECT_TRUE(rate.admit("a", now));
  EXPECT_FALSE(rate.admit("a", now));
  EXPECT_TRUE(rate.admit("b", now));
}

TEST(ArrivalRate, the_memory_of_a_key_that_is_at_its_limit_survives_a_turn_over) {
  Names rate(1);
  const auto now = Names::Clock::now();
  EXPECT_TRUE(rate.admit("other", now));
  EXPECT_TRUE(rate.admit("a", now + 59s));
  EXPECT_FALSE(rate.admit("a", now + 61s));  // moved on
  EXPECT_FALSE(rate.admit("a", now + 118s));
  EXPECT_TRUE(rate.admit("a", now + 119s));
}

TEST(ArrivalRate, keys_that_come_once_take_bounded_memory) {
  Names rate(10);
  const auto now = Names::Clock::now();
  for (std::size_t i = 0; i < 5 * Names::keys_remembered; ++i) EXPECT_TRUE(rate.admit(std::to_string(i), now));
  EXPECT_LE(rate.remembered(), 2 * Names::keys_remembered);
  EXPECT_TRUE(rate.admit("a", now + 1min));
  EXPECT_TRUE(rate.admit("a", now + 2min));
  EXPECT_EQ(rate.remembered(), 1U);  // two windows later, only who still comes
}

}  // namespace
}  // namespace sisu::relay
