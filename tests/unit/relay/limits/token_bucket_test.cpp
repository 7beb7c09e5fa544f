#include "relay/limits/token_bucket.hpp"

#include <gtest/gtest.h>

namespace sisu::relay {
namespace {

using namespace std::chrono_literals;

const TokenBucket::Clock::time_point start{100h};

TEST(TokenBucket, a_burst_is_free_and_what_is_beyond_it_waits) {
  TokenBucket bucket(1000, 1s);
  EXPECT_EQ(bucket.take(1000, start), 0s);
  EXPECT_EQ(bucket.take(500, start), 500ms);
  EXPECT_EQ(bucket.take(500, start), 1s);
}

TEST(TokenBucket, the_rate_is_kept_over_time) {
  TokenBucket bucket(1000, 1s);
  bucket.take(1000, start);
  for (int i = 1; i <= 100; ++i) EXPECT_EQ(bucket.take(100, start + i * 100ms), 0ms);
  EXPECT_EQ(bucket.take(100, start + 10s), 100ms);
}

TEST(TokenBucket, a_long_pause_saves_no_more_than_one_burst) {
  TokenBucket bucket(1000, 1s);
  bucket.take(1000, start);
  EXPECT_EQ(bucket.take(1000, start + 24h), 0s);
  EXPECT_EQ(bucket.take(1000, start + 24h), 1s);
}

TEST(TokenBucket, one_taker_may_take_more_than_the_burst_and_waits_for_it) {
  TokenBucket bucket(1000, 1s);
  EXPECT_EQ(bucket.take(5000, start), 4s);
}

TEST(TokenBucket, high_rates_do_not_lose_small_takes) {
  TokenBucket bucket(1'000'000'000, 1s);
  TokenBucket::Clock::duration wait{};
  for (int i = 0; i < 2'000; ++i) wait = bucket.take(1'000'000, start);
  EXPECT_EQ(wait, 1s);
}

}  // namespace
}  // namespace sisu::relay
