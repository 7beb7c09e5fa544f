#include "relay/registry/wrong_invites.hpp"

#include <gtest/gtest.h>

#include <array>

namespace sisu::relay {
namespace {

using namespace std::chrono_literals;

const Time start = Time(1'800'000'000s);

IpAddress source(unsigned number) {
  const std::array<std::uint8_t, 4> bytes{static_cast<std::uint8_t>(number >> 16),
                                          static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number), 1};
  return IpAddress::v4(bytes);
}

TEST(WrongInvites, a_prefix_is_over_its_limit_until_its_window_ends) {
  WrongInvites wrong(2, 1h);
  wrong.count(source(1), start);
  EXPECT_FALSE(wrong.is_over_limit(source(1), start));
  wrong.count(source(1), start + 30min);
  EXPECT_TRUE(wrong.is_over_limit(source(1), start + 30min));
  EXPECT_TRUE(wrong.is_over_limit(source(1), start + 1h - 1s));
  EXPECT_FALSE(wrong.is_over_limit(source(1), start + 1h));
}

TEST(WrongInvites, others_are_counted_apart) {
  WrongInvites wrong(1, 1h);
  wrong.count(source(1), start);
  EXPECT_FALSE(wrong.is_over_limit(source(2), start));
}

TEST(WrongInvites, memory_is_bounded_whoever_guesses) {
  WrongInvites wrong(1, 1h);
  for (unsigned i = 0; i < WrongInvites::prefixes_limit + 1000; ++i) wrong.count(source(i), start);
  EXPECT_EQ(wrong.size(), WrongInvites::prefixes_limit);
  EXPECT_TRUE(wrong.is_over_limit(source(WrongInvites::prefixes_limit + 999), start));
  EXPECT_FALSE(wrong.is_over_limit(source(0), start)) << "the oldest is forgotten";
}

TEST(WrongInvites, what_is_over_is_forgotten) {
  WrongInvites wrong(1, 1h);
  for (unsigned i = 0; i < 100; ++i) wrong.count(source(i), start);
  EXPECT_FALSE(wrong.is_over_limit(source(5), start + 1h));
  EXPECT_EQ(wrong.size(), 0U);
}

}  // namespace
}  // namespace sisu::relay
