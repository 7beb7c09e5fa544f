// What stands behind the name of an SSH command (commands.md): --json, at most one option with a value, operands. A
// pure codec like command_words.hpp, whose words it takes.
#pragma once

#include "common/base/result.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sisu::proto {

/// What a command takes besides --json.
struct CommandSyntax {
  std::string_view option = {};   ///< "--invite", which has a value; empty: none
  std::size_t operands = 0;       ///< at least so many
  std::size_t more_operands = 0;  ///< and at most so many more
};

struct CommandArguments {
  bool json = false;
  std::optional<std::string> value;  ///< of the option; not empty
  std::vector<std::string> operands;
  bool operator==(const CommandArguments&) const = default;
};

enum class ArgumentsError {
  unknown_option,
  option_twice,
  value_missing,  ///< "--invite" at the end, or with an empty value
  operand_missing,
  operand_unwanted,
};
std::string_view describe(ArgumentsError error);

/// `words` without the command's name. "--option=value" is "--option value"; behind "--" everything is an operand.
Result<CommandArguments, ArgumentsError> parse_command_arguments(std::span<const std::string> words,
                                                                 const CommandSyntax& syntax);

}  // namespace sisu::proto
