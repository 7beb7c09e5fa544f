#include "common/net/growing_buffer.hpp"

#include <gtest/gtest.h>

namespace sisu::net {
namespace {

/// Reads as a stream would that always has more than there is room for.
void fill(GrowingBuffer& buffer) { buffer.filled(buffer.space().size()); }

TEST(GrowingBuffer, begins_small) {
  GrowingBuffer buffer;
  EXPECT_EQ(buffer.space().size(), GrowingBuffer::smallest);
}

TEST(GrowingBuffer, grows_while_reads_fill_it_and_not_beyond_its_largest_size) {
  constexpr std::size_t largest = 100'000;  // no multiple of the smallest
  GrowingBuffer buffer(largest);
  std::size_t before = 0;
  while (buffer.space().size() < largest) {
    ASSERT_GT(buffer.space().size(), before);
    before = buffer.space().size();
    fill(buffer);
  }
  fill(buffer);
  EXPECT_EQ(buffer.space().size(), largest);
}

TEST(GrowingBuffer, a_read_that_leaves_room_does_not_make_it_grow) {
  GrowingBuffer buffer;
  buffer.filled(buffer.space().size() - 1);
  EXPECT_EQ(buffer.space().size(), GrowingBuffer::smallest);
}

TEST(GrowingBuffer, one_small_read_keeps_it_and_a_dialogue_makes_it_small_again) {
  GrowingBuffer buffer;
  fill(buffer);
  const std::size_t grown = buffer.space().size();
  ASSERT_GT(grown, GrowingBuffer::smallest);
  buffer.filled(1);
  EXPECT_EQ(buffer.space().size(), grown);
  for (int i = 0; i < 100; ++i) {
    buffer.space();
    buffer.filled(1);
  }
  EXPECT_EQ(buffer.space().size(), GrowingBuffer::smallest);
}

TEST(GrowingBuffer, what_was_read_is_there_until_the_next_read) {
  GrowingBuffer buffer;
  const auto space = buffer.space();
  space[0] = 'a';
  space[1] = 'b';
  EXPECT_EQ(buffer.filled(2), "ab");
}

}  // namespace
}  // namespace sisu::net
