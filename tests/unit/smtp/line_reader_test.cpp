#include "common/smtp/line_reader.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sisu::smtp {
namespace {

using Fault = LineReader::Fault;

struct Read {
  std::string text;
  Fault fault = Fault::none;
  bool operator==(const Read&) const = default;
};

std::vector<Read> read(std::string_view bytes, std::size_t chunk, std::size_t limit) {
  LineReader reader(limit);
  std::vector<Read> lines;
  while (!bytes.empty()) {
    auto piece = bytes.substr(0, chunk);
    bytes.remove_prefix(piece.size());
    while (const auto line = reader.next(piece)) lines.push_back({std::string(line->text), line->fault});
    EXPECT_TRUE(piece.empty());
  }
  return lines;
}

TEST(LineReader, lines_are_the_same_however_they_are_cut) {
  const std::vector<std::pair<std::string, std::vector<Read>>> table = {
      {"", {}},
      {"NOOP", {}},
      {"NOOP\r\n", {{"NOOP"}}},
      {"\r\n\r\n", {{""}, {""}}},
      {"NOOP\r\nQUIT\r\nRS", {{"NOOP"}, {"QUIT"}}},
      {"NOOP\n", {{"NOOP", Fault::not_crlf}}},
      {"\n", {{"", Fault::not_crlf}}},
      {"NO\rOP\r\n", {{"NO\rOP"}}},
      {"12345678\r\n", {{"12345678"}}},
      {"123456789\r\nNOOP\r\n", {{"", Fault::too_long}, {"NOOP"}}},
      {"123456789012345678901234567890\r\nNOOP\r\n", {{"", Fault::too_long}, {"NOOP"}}},
  };
  for (const auto& [bytes, lines] : table) {
    for (std::size_t chunk = 1; chunk <= bytes.size(); ++chunk) EXPECT_EQ(read(bytes, chunk, 10), lines) << bytes;
  }
}

TEST(LineReader, an_endless_line_is_counted_and_not_kept) {
  LineReader reader(10);
  for (int i = 0; i < 5; ++i) {
    std::string_view piece = "123456";
    EXPECT_FALSE(reader.next(piece));
  }
  EXPECT_EQ(reader.dropped(), 30U);
  EXPECT_TRUE(reader.has_partial());
}

TEST(LineReader, a_line_that_lies_whole_in_the_input_is_not_copied) {
  LineReader reader(10);
  const std::string bytes = "NOOP\r\n";
  std::string_view input = bytes;
  EXPECT_EQ(reader.next(input)->text.data(), bytes.data());
}

}  // namespace
}  // namespace sisu::smtp
