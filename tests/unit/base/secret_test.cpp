#include "common/base/secret.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <new>

namespace sisu {
namespace {

bool is_zero(std::span<const std::uint8_t> bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0; });
}

template <std::size_t Size>
void fill(Secret<Size>& secret, std::uint8_t value) {
  std::fill(secret.bytes().begin(), secret.bytes().end(), value);
}

TEST(Secret, begins_as_zeros) { EXPECT_TRUE(is_zero(Secret<32>().bytes())); }

TEST(Secret, moving_leaves_zeros_behind) {
  Secret<32> first;
  fill(first, 7);
  Secret<32> second = std::move(first);
  EXPECT_TRUE(is_zero(first.bytes()));
  EXPECT_EQ(second.bytes()[31], 7);
  Secret<32> third;
  third = std::move(second);
  EXPECT_TRUE(is_zero(second.bytes()));
  EXPECT_EQ(third.bytes()[0], 7);
}

TEST(Secret, is_wiped_when_it_goes_away) {
  alignas(Secret<32>) std::array<std::uint8_t, sizeof(Secret<32>)> memory{};
  auto* secret = new (memory.data()) Secret<32>;
  fill(*secret, 7);
  EXPECT_EQ(memory[5], 7);
  secret->~Secret();
  EXPECT_TRUE(is_zero(memory));
}

TEST(Secret, is_never_copied) {
  EXPECT_FALSE(std::is_copy_constructible_v<Secret<32>>);
  EXPECT_FALSE(std::is_copy_assignable_v<Secret<32>>);
  EXPECT_FALSE(std::is_copy_constructible_v<SecretBuffer>);
}

TEST(SecretBuffer, moving_takes_the_octets_along) {
  SecretBuffer first(100);
  first.bytes()[99] = 7;
  SecretBuffer second = std::move(first);
  EXPECT_TRUE(first.bytes().empty());
  EXPECT_EQ(second.bytes().size(), 100U);
  EXPECT_EQ(second.bytes()[99], 7);
  SecretBuffer third(5);
  third = std::move(second);
  EXPECT_EQ(third.bytes()[99], 7);
}

TEST(SecretBuffer, can_be_wiped_and_used_again) {
  SecretBuffer buffer(100);
  std::fill(buffer.bytes().begin(), buffer.bytes().end(), std::uint8_t{7});
  buffer.clear();
  EXPECT_EQ(buffer.bytes().size(), 100U);
  EXPECT_TRUE(is_zero(buffer.bytes()));
}

}  // namespace
}  // namespace sisu
