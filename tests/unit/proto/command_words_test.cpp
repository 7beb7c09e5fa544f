// Vectors: tests/vectors/command_words.txt.
#include "proto/command_words.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <array>
#include <fstream>

namespace sisu::proto {
namespace {

using Words = std::vector<std::string>;

struct Vector {
  std::string line;
  std::string expected;
};

std::vector<Vector> read_vectors() {
  std::ifstream file(SISUMAIL_TESTS_DIR "/vectors/command_words.txt");
  std::vector<Vector> vectors;
  for (std::string text; std::getline(file, text);) {
    if (text.empty() || text.front() == '#') continue;
    std::string expected;
    std::getline(file, expected);
    vectors.push_back({nlohmann::json::parse(text).get<std::string>(), expected});
  }
  return vectors;
}

std::string_view name_of(WordsError error) {
  switch (error) {
    case WordsError::line_too_long:
      return "line_too_long";
    case WordsError::too_many_words:
      return "too_many_words";
    case WordsError::unterminated_single_quote:
      return "unterminated_single_quote";
    case WordsError::unterminated_double_quote:
      return "unterminated_double_quote";
    case WordsError::trailing_backslash:
      return "trailing_backslash";
    case WordsError::unquoted_operator:
      return "unquoted_operator";
    case WordsError::nul_byte:
      return "nul_byte";
  }
  return "?";
}

TEST(CommandWords, vectors) {
  const auto vectors = read_vectors();
  ASSERT_GE(vectors.size(), 40U);
  for (const auto& [line, expected] : vectors) {
    const auto words = split_command_words(line);
    if (words) {
      EXPECT_EQ(nlohmann::json(*words), nlohmann::json::parse(expected, nullptr, false)) << line;
    } else {
      EXPECT_EQ("error " + std::string(name_of(words.error())), expected) << line;
    }
  }
}

TEST(CommandWords, every_byte_but_nul_survives_quoting) {
  std::string all;
  for (int c = 1; c < 256; ++c) all += static_cast<char>(c);
  for (const Words& words : {Words{all}, Words{"", "a b", "'", "\\"}, Words{"plain", "it's"}}) {
    std::string line;
    for (const auto& word : words) line += quote_command_word(word) + " ";
    EXPECT_EQ(split_command_words(line).value(), words);
  }
  EXPECT_EQ(quote_command_word("u.v6.example"), "u.v6.example");
}

TEST(CommandWords, a_line_of_the_longest_length_is_read_and_one_byte_more_is_refused) {
  EXPECT_EQ(split_command_words(std::string(command_line_limit, 'a')).value().size(), 1U);
  EXPECT_EQ(split_command_words(std::string(command_line_limit + 1, 'a')).error(), WordsError::line_too_long);
}

TEST(CommandWords, the_most_words_are_read_and_one_more_is_refused) {
  std::string line;
  for (std::size_t i = 0; i < command_words_limit; ++i) line += "a ";
  EXPECT_EQ(split_command_words(line).value().size(), command_words_limit);
  EXPECT_EQ(split_command_words(line + "a").error(), WordsError::too_many_words);
}

TEST(CommandWords, errors_are_described) {
  EXPECT_NE(describe(WordsError::unquoted_operator).find("quote"), std::string_view::npos);
}

}  // namespace
}  // namespace sisu::proto
