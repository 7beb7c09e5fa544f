// parse_command_arguments(): no crash, nothing beyond the syntax, and what was read comes back when it is written
// again.
#include "proto/command_arguments.hpp"

#include "proto/command_words.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace sisu;

static void require_same_again(const std::vector<std::string>& words, const proto::CommandSyntax& syntax) {
  const auto arguments = proto::parse_command_arguments(words, syntax);
  if (!arguments) return;
  fuzz::require(arguments->operands.size() >= syntax.operands);
  fuzz::require(arguments->operands.size() <= syntax.operands + syntax.more_operands);
  fuzz::require(!arguments->value || (!syntax.option.empty() && !arguments->value->empty()));
  std::vector<std::string> again;
  if (arguments->json) again.emplace_back("--json");
  if (arguments->value) again.insert(again.end(), {std::string(syntax.option), *arguments->value});
  again.emplace_back("--");
  again.insert(again.end(), arguments->operands.begin(), arguments->operands.end());
  fuzz::require(proto::parse_command_arguments(again, syntax) == arguments);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto words = proto::split_command_words(fuzz::text_of(data, size));
  if (!words) return 0;
  for (std::size_t operands = 0; operands <= 2; ++operands) {
    require_same_again(*words, {.operands = operands});
    require_same_again(*words, {.option = "--invite", .operands = operands});
    require_same_again(*words, {.operands = operands, .more_operands = 3});
  }
  return 0;
}
