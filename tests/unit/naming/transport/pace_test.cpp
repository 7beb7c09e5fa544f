#include "relay/naming/transport/pace.hpp"

#include <gtest/gtest.h>

namespace sisu::relay::naming {
namespace {

using namespace std::chrono_literals;

TEST(Pace, the_window_grows_with_each_answer_up_to_its_limit) {
  Pace pace(100, 4, 1s);
  EXPECT_EQ(pace.window(), Pace::first_window);
  for (int i = 0; i < 10; ++i) pace.answered_first_try(1ms);
  EXPECT_EQ(pace.window(), Pace::first_window + 10);
  for (int i = 0; i < 1'000; ++i) pace.answered_later_try();
  EXPECT_EQ(pace.window(), 100U);
}

TEST(Pace, a_narrow_limit_holds_from_the_start) {
  Pace pace(1, 4, 1s);
  EXPECT_EQ(pace.window(), 1U);
  pace.lost(1, 1);
  EXPECT_EQ(pace.window(), 1U);
}

TEST(Pace, losses_of_one_window_halve_it_once) {
  Pace pace(1'000, 4, 1s);
  for (int i = 0; i < 68; ++i) pace.answered_first_try(1ms);
  ASSERT_EQ(pace.window(), 100U);
  for (std::uint64_t datagram = 69; datagram <= 168; ++datagram) pace.lost(datagram, 168);
  EXPECT_EQ(pace.window(), 50U);
  pace.lost(169, 200);
  EXPECT_EQ(pace.window(), 25U);
}

TEST(Pace, after_a_loss_it_grows_by_one_a_window) {
  Pace pace(1'000, 4, 1s);
  pace.lost(1, 1);
  const auto window = pace.window();
  for (std::size_t i = 0; i < window; ++i) pace.answered_first_try(1ms);
  EXPECT_LE(pace.window(), window + 1);
  for (std::size_t i = 0; i < 2; ++i) pace.answered_first_try(1ms);
  EXPECT_EQ(pace.window(), window + 1);
}

TEST(Pace, the_window_never_closes) {
  Pace pace(1'000, 4, 1s);
  for (std::uint64_t datagram = 1; datagram <= 100; ++datagram) pace.lost(datagram, datagram);
  EXPECT_EQ(pace.window(), Pace::least_window);
}

TEST(Pace, the_wait_follows_the_round_trip) {
  Pace pace(100, 4, 1s);
  EXPECT_EQ(pace.timeout(1), Pace::first_timeout);
  for (int i = 0; i < 100; ++i) pace.answered_first_try(1ms);
  EXPECT_EQ(pace.timeout(1), Pace::least_timeout);
  for (int i = 0; i < 100; ++i) pace.answered_first_try(200ms);
  EXPECT_GE(pace.timeout(1), 200ms);
  EXPECT_LE(pace.timeout(1), 400ms);
}

TEST(Pace, each_try_waits_twice_as_long_and_the_last_the_longest) {
  Pace pace(100, 4, 10s);
  EXPECT_EQ(pace.timeout(1), 250ms);
  EXPECT_EQ(pace.timeout(2), 500ms);
  EXPECT_EQ(pace.timeout(3), 1s);
  EXPECT_EQ(pace.timeout(4), 10s);
}

TEST(Pace, no_try_waits_longer_than_the_longest) {
  Pace pace(100, 100, 300ms);
  for (unsigned number = 1; number <= 100; ++number) EXPECT_LE(pace.timeout(number), 300ms) << number;
  for (int i = 0; i < 10; ++i) pace.answered_first_try(1h);
  EXPECT_EQ(pace.timeout(1), 300ms);
}

}  // namespace
}  // namespace sisu::relay::naming
