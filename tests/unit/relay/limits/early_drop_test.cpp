#include "relay/limits/early_drop.hpp"

#include <gtest/gtest.h>

namespace sisu::relay {
namespace {

int dropped_of_1000(EarlyDrop& drop, std::uint64_t present, std::uint64_t cap) {
  int count = 0;
  for (int i = 0; i < 1000; ++i) count += drop.drops(present, cap) ? 1 : 0;
  return count;
}

TEST(EarlyDrop, nothing_is_dropped_below_the_start) {
  EarlyDrop drop(50, 30);
  EXPECT_EQ(drop.share(0, 20), 0);
  EXPECT_EQ(drop.share(9, 20), 0);
  EXPECT_EQ(dropped_of_1000(drop, 9, 20), 0);
}

TEST(EarlyDrop, the_share_grows_from_the_rate_to_all_of_them) {
  const EarlyDrop drop(50, 30);
  EXPECT_DOUBLE_EQ(drop.share(10, 20), 0.3);
  EXPECT_DOUBLE_EQ(drop.share(15, 20), 0.65);
  EXPECT_DOUBLE_EQ(drop.share(20, 20), 1);
  EXPECT_DOUBLE_EQ(drop.share(400, 20), 1);
}

TEST(EarlyDrop, some_are_dropped_and_some_are_not) {
  EarlyDrop drop(50, 30);
  const int dropped = dropped_of_1000(drop, 12, 20);
  EXPECT_GT(dropped, 300);  // 440 on average; 9 standard deviations
  EXPECT_LT(dropped, 580);
  EXPECT_EQ(dropped_of_1000(drop, 20, 20), 1000);
}

TEST(EarlyDrop, a_start_of_100_percent_leaves_it_to_the_cap) {
  EarlyDrop drop(100, 30);
  EXPECT_EQ(dropped_of_1000(drop, 19, 20), 0);
  EXPECT_EQ(drop.share(20, 20), 1);
}

}  // namespace
}  // namespace sisu::relay
