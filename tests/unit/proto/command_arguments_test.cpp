#include "proto/command_arguments.hpp"

#include "proto/command_words.hpp"

#include <gtest/gtest.h>

namespace sisu::proto {
namespace {

constexpr CommandSyntax nothing{};
constexpr CommandSyntax claim{.option = "--invite"};
constexpr CommandSyntax lookup{.operands = 1};

Result<CommandArguments, ArgumentsError> parse(std::string_view line, const CommandSyntax& syntax) {
  return parse_command_arguments(split_command_words(line).value(), syntax);
}

TEST(CommandArguments, json_and_the_option_come_in_any_order) {
  const CommandArguments expected{.json = true, .value = "c-o-d-e", .operands = {}};
  EXPECT_EQ(parse("--json --invite c-o-d-e", claim), expected);
  EXPECT_EQ(parse("--invite c-o-d-e --json", claim), expected);
  EXPECT_EQ(parse("--invite=c-o-d-e --json --json", claim), expected);
  EXPECT_EQ(parse("", claim), CommandArguments());
  EXPECT_EQ(parse("", nothing), CommandArguments());
}

TEST(CommandArguments, the_value_of_an_option_may_look_like_an_option) {
  EXPECT_EQ(parse("--invite --json", claim).value().value, "--json");
  EXPECT_EQ(parse("--invite=a=b", claim).value().value, "a=b");
  EXPECT_EQ(parse("--invite '; rm -rf /'", claim).value().value, "; rm -rf /");
}

TEST(CommandArguments, behind_two_hyphens_everything_is_an_operand) {
  EXPECT_EQ(parse("otto --json", lookup).value().operands, std::vector<std::string>{"otto"});
  EXPECT_EQ(parse("-- --json", lookup).value(), (CommandArguments{.json = false, .value = {}, .operands = {"--json"}}));
  EXPECT_EQ(parse("-", lookup).value().operands, std::vector<std::string>{"-"});
  EXPECT_EQ(parse("''", lookup).value().operands, std::vector<std::string>{""});
}

TEST(CommandArguments, further_operands_are_taken_up_to_their_number) {
  constexpr CommandSyntax one_to_three{.operands = 1, .more_operands = 2};
  EXPECT_EQ(parse("a", one_to_three).value().operands.size(), 1U);
  EXPECT_EQ(parse("a --json b c", one_to_three).value().operands, (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(parse("--json", one_to_three).error(), ArgumentsError::operand_missing);
  EXPECT_EQ(parse("a b c d", one_to_three).error(), ArgumentsError::operand_unwanted);
}

TEST(CommandArguments, mistakes) {
  struct Case {
    const char* line;
    CommandSyntax syntax;
    ArgumentsError error;
  };
  for (const Case& c : {
           Case{"--jsn", nothing, ArgumentsError::unknown_option},
           Case{"--json=1", nothing, ArgumentsError::unknown_option},
           Case{"-j", nothing, ArgumentsError::unknown_option},
           Case{"--invite x", nothing, ArgumentsError::unknown_option},
           Case{"--", lookup, ArgumentsError::operand_missing},
           Case{"--invit x", claim, ArgumentsError::unknown_option},
           Case{"--invitee=x", claim, ArgumentsError::unknown_option},
           Case{"=x", nothing, ArgumentsError::operand_unwanted},
           Case{"--=x", claim, ArgumentsError::unknown_option},
           Case{"--invite", claim, ArgumentsError::value_missing},
           Case{"--invite=", claim, ArgumentsError::value_missing},
           Case{"--invite ''", claim, ArgumentsError::value_missing},
           Case{"--invite a --invite b", claim, ArgumentsError::option_twice},
           Case{"--invite=a --invite=b", claim, ArgumentsError::option_twice},
           Case{"", lookup, ArgumentsError::operand_missing},
           Case{"a b", lookup, ArgumentsError::operand_unwanted},
           Case{"x", nothing, ArgumentsError::operand_unwanted},
           Case{"''", nothing, ArgumentsError::operand_unwanted},
       }) {
    const auto parsed = parse(c.line, c.syntax);
    ASSERT_FALSE(parsed) << c.line;
    EXPECT_EQ(parsed.error(), c.error) << c.line;
    EXPECT_FALSE(describe(parsed.error()).empty());
  }
}

}  // namespace
}  // namespace sisu::proto
