#include "client/link/backoff.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace sisu::client {
namespace {

using namespace std::chrono_literals;

std::uint64_t least(std::uint64_t /*bound*/) { return 0; }
std::uint64_t greatest(std::uint64_t bound) { return bound - 1; }

TEST(Backoff, waits_double_up_to_the_longest) {
  Backoff backoff({1s, 60s}, &greatest);
  for (const auto expected : {1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s}) EXPECT_EQ(backoff.next(), expected);
}

TEST(Backoff, jitter_takes_away_half_at_most) {
  Backoff backoff({1s, 60s}, &least);
  for (const auto expected : {500ms, 1000ms, 2000ms, 4000ms, 8000ms, 16'000ms, 30'000ms, 30'000ms}) {
    EXPECT_EQ(backoff.next(), expected);
  }
}

TEST(Backoff, a_reset_begins_anew) {
  Backoff backoff({1s, 60s}, &greatest);
  for (int i = 0; i < 5; ++i) backoff.next();
  EXPECT_EQ(backoff.failures(), 5U);
  backoff.reset();
  EXPECT_EQ(backoff.next(), 1s);
}

TEST(Backoff, thousands_of_failures_overflow_nothing) {
  Backoff backoff({1s, 60s}, &greatest);
  for (int i = 0; i < 10'000; ++i) EXPECT_LE(backoff.next(), 60s);
}

TEST(Backoff, a_first_wait_of_nothing_stays_nothing) {
  Backoff backoff({0ms, 0ms}, &greatest);
  EXPECT_EQ(backoff.next(), 0ms);
  EXPECT_EQ(backoff.next(), 0ms);
}

}  // namespace
}  // namespace sisu::client
