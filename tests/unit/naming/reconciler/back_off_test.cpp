#include "relay/naming/reconciler/back_off.hpp"

#include <gtest/gtest.h>

namespace sisu::relay::naming {
namespace {

using Kind = ProviderError::Kind;
using namespace std::chrono_literals;

ProviderError error(Kind kind) { return {.kind = kind, .what = "no"}; }

TEST(BackOff, a_provider_that_is_away_is_found_within_5_seconds_of_its_return) {
  EXPECT_EQ(wait_after(error(Kind::unreachable), 1), 1s);
  EXPECT_EQ(wait_after(error(Kind::unreachable), 2), 2s);
  for (unsigned attempts : {4U, 100U, 4'000'000'000U})
    EXPECT_EQ(wait_after(error(Kind::unreachable), attempts), 5s) << attempts;
}

TEST(BackOff, one_that_says_when_to_come_is_believed_up_to_an_hour) {
  const auto busy = [](std::optional<std::chrono::seconds> after) {
    return ProviderError{.kind = Kind::busy, .what = "slow down", .retry_after = after};
  };
  EXPECT_EQ(wait_after(busy(17s), 1), 17s);
  EXPECT_EQ(wait_after(busy(0s), 3), 4s);
  EXPECT_EQ(wait_after(busy(-5s), 1), 1s);
  EXPECT_EQ(wait_after(busy(std::nullopt), 50), 60s);
  EXPECT_EQ(wait_after(busy(48h), 1), 1h);
}

TEST(BackOff, what_an_operator_has_to_mend_is_tried_slowly) {
  EXPECT_EQ(wait_after(error(Kind::refused), 1), 2s);
  EXPECT_EQ(wait_after(error(Kind::refused), 30), 60s);
  EXPECT_EQ(wait_after(error(Kind::invalid), 1), 10s);
  EXPECT_EQ(wait_after(error(Kind::invalid), 30), 1h);
}

TEST(BackOff, a_conflict_is_tried_again_at_once) {
  EXPECT_EQ(wait_after(error(Kind::conflict), 1), 100ms);
  EXPECT_EQ(wait_after(error(Kind::conflict), 30), 10s);
}

TEST(BackOff, looks_are_many_at_first_and_few_later) {
  std::chrono::milliseconds sum{0};
  for (unsigned looks = 1; looks <= 10; ++looks) {
    EXPECT_LE(wait_after_look(looks), 200ms);
    sum += wait_after_look(looks);
  }
  EXPECT_GE(sum, 1500ms) << "long enough for a second server that is notified after a second";
  EXPECT_EQ(wait_after_look(18), 5s);
  EXPECT_EQ(wait_after_look(19), 1min);
  EXPECT_EQ(wait_after_look(1000), 10min);
}

TEST(BackOff, only_what_everybody_would_get_holds_everybody_up) {
  EXPECT_TRUE(is_of_the_whole(Kind::unreachable) && is_of_the_whole(Kind::busy));
  for (const auto kind : {Kind::refused, Kind::conflict, Kind::invalid}) EXPECT_FALSE(is_of_the_whole(kind));
}

}  // namespace
}  // namespace sisu::relay::naming
