// help: the commands that there are for the caller, and how they are used.
#include "relay/commands/command.hpp"

#include <nlohmann/json.hpp>

namespace sisu::relay::commands {
namespace {

std::string as_json(const Command& command) {
  const nlohmann::ordered_json line = {
      {"command", command.name}, {"usage", command.usage}, {"summary", command.summary}};
  return line.dump() + "\n";
}

std::string as_text(const Command& command) {
  constexpr std::size_t summary_column = 44;
  std::string line = "  " + std::string(command.usage);
  line.append(line.size() < summary_column ? summary_column - line.size() : 1, ' ');
  return line + std::string(command.summary) + "\n";
}

}  // namespace

asio::awaitable<ExitStatus> run_help(Call call) {
  std::string text;
  for (const Command& command : command_list()) {
    if (!command.is_for(call.caller.standing())) continue;
    text += call.form == OutputForm::json ? as_json(command) : as_text(command);
  }
  co_await call.io.out(text);
  co_return ExitStatus::done;
}

}  // namespace sisu::relay::commands
