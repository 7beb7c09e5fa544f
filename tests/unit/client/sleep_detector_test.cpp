#include "client/link/sleep_detector.hpp"

#include <gtest/gtest.h>

namespace sisu::client {
namespace {

using namespace std::chrono_literals;

TEST(SleepDetector, ticks_in_time_are_no_sleep) {
  SleepDetector detector(2s, 3s);
  for (const auto now : {100s, 102s, 104s, 107s, 112s}) EXPECT_FALSE(detector.tick(now)) << now.count();
}

TEST(SleepDetector, a_late_tick_says_how_long_nothing_ran) {
  SleepDetector detector(2s, 3s);
  EXPECT_FALSE(detector.tick(100s));
  EXPECT_EQ(detector.tick(3702s), 3600s);
  EXPECT_FALSE(detector.tick(3704s)) << "once for each sleep";
}

TEST(SleepDetector, the_first_tick_is_none_whatever_the_time) {
  SleepDetector detector(2s, 3s);
  EXPECT_FALSE(detector.tick(1'000'000s));
}

TEST(SleepDetector, time_since_boot_does_not_go_back) {
  const auto before = time_since_boot();
  EXPECT_GT(before, 0ms);
  EXPECT_GE(time_since_boot(), before);
}

}  // namespace
}  // namespace sisu::client
