// DataDecoder, DotStuffer and LineTracker: one undoes the other, whatever the pieces.
#include "common/smtp/data_decoder.hpp"
#include "common/smtp/dot_stuffer.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace sisu::smtp {
namespace {

struct Decoded {
  std::string text;
  std::string behind;  // octets after the end
  bool ended = false;
  bool bare = false;
  bool operator==(const Decoded&) const = default;
};

Decoded decode(std::string_view bytes, std::size_t chunk) {
  DataDecoder decoder;
  Decoded result;
  while (!bytes.empty() && !decoder.ended()) {
    auto piece = bytes.substr(0, chunk);
    bytes.remove_prefix(piece.size());
    while (!piece.empty() && !decoder.ended()) result.text += decoder.next(piece);
    result.behind = piece;
  }
  result.behind += bytes;
  result.ended = decoder.ended();
  result.bare = decoder.has_bare_cr_or_lf();
  return result;
}

TEST(DataDecoder, decodes_however_the_input_is_cut) {
  const std::vector<std::pair<std::string, Decoded>> table = {
      {".\r\n", {"", "", true, false}},
      {"a\r\n.\r\nQUIT\r\n", {"a\r\n", "QUIT\r\n", true, false}},
      {"..\r\n.\r\n", {".\r\n", "", true, false}},
      {"...\r\n.\r\n", {"..\r\n", "", true, false}},
      {".a\r\n.\r\n", {"a\r\n", "", true, false}},
      {"a.\r\n.b.\r\n.\r\n", {"a.\r\nb.\r\n", "", true, false}},
      {"a\r\n\r\n\r\n.\r\n", {"a\r\n\r\n\r\n", "", true, false}},
      {"a", {"a", "", false, false}},
      {"a\r\n.", {"a\r\n", "", false, false}},
      {"a\r\n.\r", {"a\r\n", "", false, false}},
      {"a\r", {"a\r", "", false, false}},
      {"a\rb\r\n.\r\n", {"a\rb\r\n", "", true, true}},
      {"a\nb\r\n.\r\n", {"a\nb\r\n", "", true, true}},
      {"\n.\r\n", {"\n.\r\n", "", false, true}},
      {"\r.\r\n", {"\r.\r\n", "", false, true}},
      {"\r\r\n.\r\n", {"\r\r\n", "", true, true}},
      {".\r\r\n.\r\n", {"\r\n", "", true, true}},
      {".\n\r\n.\r\n", {"\n\r\n", "", true, true}},
      {".\r.\r\n", {".\r\n", "", false, true}},
  };
  for (const auto& [bytes, expected] : table) {
    for (std::size_t chunk = 1; chunk <= bytes.size(); ++chunk) {
      const auto result = decode(bytes, chunk);
      EXPECT_EQ(result.text, expected.text) << bytes << " by " << chunk;
      EXPECT_EQ(result.behind, expected.behind) << bytes << " by " << chunk;
      EXPECT_EQ(result.ended, expected.ended) << bytes << " by " << chunk;
      EXPECT_EQ(result.bare, expected.bare) << bytes << " by " << chunk;
    }
  }
}

TEST(DataDecoder, pieces_are_as_large_as_the_input_allows) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "a line without a dot in front\r\n";
  std::string_view input = text;
  DataDecoder decoder;
  const auto piece = decoder.next(input);
  EXPECT_EQ(piece.data(), text.data());
  EXPECT_EQ(piece.size(), text.size());
}

TEST(DotStuffer, what_it_encodes_decodes_to_the_same) {
  for (const std::string text : {"", ".\r\n", "..\r\n", "a\r\n.b\r\n", ".\r\n.\r\n", "a\r\n\r\n.", "\r\n", ". ."}) {
    for (std::size_t chunk = 1; chunk <= text.size() + 1; ++chunk) {
      DotStuffer stuffer;
      std::string encoded;
      for (std::size_t i = 0; i < text.size(); i += chunk) {
        stuffer.encode(std::string_view(text).substr(i, chunk), encoded);
      }
      stuffer.finish(encoded);
      const bool whole_lines = text.empty() || text.ends_with("\r\n");
      EXPECT_EQ(decode(encoded, 3), (Decoded{whole_lines ? text : text + "\r\n", "", true, false})) << encoded;
    }
  }
}

TEST(LineTracker, a_cr_at_the_end_is_open_until_more_comes) {
  LineTracker lines;
  lines.advance_over("a\r");
  EXPECT_TRUE(lines.ends_in_cr());
  EXPECT_FALSE(lines.has_bare_cr_or_lf());
  lines.advance_over("\n");
  EXPECT_TRUE(lines.at_line_start());
  lines.advance_over("b\r");
  lines.advance_over("c");
  EXPECT_TRUE(lines.has_bare_cr_or_lf());
}

}  // namespace
}  // namespace sisu::smtp
