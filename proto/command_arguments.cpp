#include "proto/command_arguments.hpp"

namespace sisu::proto {
namespace {

/// One word after another goes in; what a word means may depend on those before it.
class Reader {
 public:
  explicit Reader(const CommandSyntax& syntax) : syntax_(syntax) {}

  std::optional<ArgumentsError> take(const std::string& word) {
    if (value_is_next_) return take_value(word);
    if (options_ended_ || word.size() < 2 || word.front() != '-') return take_operand(word);
    return take_option(word);
  }

  Result<CommandArguments, ArgumentsError> finish() {
    if (value_is_next_) return fail(ArgumentsError::value_missing);
    if (arguments_.operands.size() < syntax_.operands) return fail(ArgumentsError::operand_missing);
    return std::move(arguments_);
  }

 private:
  std::optional<ArgumentsError> take_option(std::string_view word) {
    const std::size_t equals = word.find('=');
    const std::string_view name = word.substr(0, equals);
    const bool has_value = equals != word.npos;
    if (word == "--") {
      options_ended_ = true;
    } else if (word == "--json") {
      arguments_.json = true;
    } else if (!syntax_.option.empty() && name == syntax_.option) {
      if (arguments_.value) return ArgumentsError::option_twice;
      if (has_value) return take_value(word.substr(equals + 1));
      value_is_next_ = true;
    } else {
      return ArgumentsError::unknown_option;
    }
    return std::nullopt;
  }

  std::optional<ArgumentsError> take_value(std::string_view word) {
    value_is_next_ = false;
    if (word.empty()) return ArgumentsError::value_missing;
    arguments_.value = word;
    return std::nullopt;
  }

  std::optional<ArgumentsError> take_operand(const std::string& word) {
    if (arguments_.operands.size() == syntax_.operands + syntax_.more_operands) return ArgumentsError::operand_unwanted;
    arguments_.operands.push_back(word);
    return std::nullopt;
  }

  const CommandSyntax& syntax_;
  CommandArguments arguments_;
  bool value_is_next_ = false;
  bool options_ended_ = false;
};

}  // namespace

std::string_view describe(ArgumentsError error) {
  switch (error) {
    case ArgumentsError::unknown_option:
      return "there is no such option";
    case ArgumentsError::option_twice:
      return "an option stands there twice";
    case ArgumentsError::value_missing:
      return "an option has no value";
    case ArgumentsError::operand_missing:
      return "a word is missing";
    case ArgumentsError::operand_unwanted:
      return "a word too many";
  }
  return "";
}

Result<CommandArguments, ArgumentsError> parse_command_arguments(std::span<const std::string> words,
                                                                 const CommandSyntax& syntax) {
  Reader reader(syntax);
  for (const std::string& word : words) {
    if (const auto error = reader.take(word)) return fail(*error);
  }
  return reader.finish();
}

}  // namespace sisu::proto
