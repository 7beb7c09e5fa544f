#include "client/link/line_buffer.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace sisu::client {
namespace {

std::vector<std::string> lines_of(LineBuffer& buffer) {
  std::vector<std::string> lines;
  while (auto line = buffer.next()) lines.push_back(*line);
  return lines;
}

TEST(LineBuffer, lines_come_whole_whatever_the_pieces) {
  const std::string text = "one\ntwo\r\n\nfour\nrest";
  for (std::size_t piece = 1; piece <= text.size(); ++piece) {
    LineBuffer buffer(10);
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < text.size(); at += piece) {
      ASSERT_TRUE(buffer.add(std::string_view(text).substr(at, piece)));
      for (auto& line : lines_of(buffer)) lines.push_back(line);
    }
    EXPECT_EQ(lines, (std::vector<std::string>{"one", "two", "", "four"})) << piece;
  }
}

TEST(LineBuffer, a_line_at_the_limit_passes_and_one_above_does_not) {
  LineBuffer at_limit(4);
  EXPECT_TRUE(at_limit.add("four\nfour\n"));
  EXPECT_EQ(lines_of(at_limit).size(), 2U);
  LineBuffer above(4);
  EXPECT_FALSE(above.add("five5\n"));
}

TEST(LineBuffer, a_line_that_grows_in_pieces_meets_the_limit_too) {
  LineBuffer buffer(4);
  EXPECT_TRUE(buffer.add("a\nbc"));
  EXPECT_TRUE(buffer.add("de"));
  EXPECT_FALSE(buffer.add("f"));
}

}  // namespace
}  // namespace sisu::client
