#include "proto/command_words.hpp"
#include "relay/commands/command.hpp"

#include <algorithm>
#include <array>

namespace sisu::relay::commands {
namespace {

constexpr std::array<Command, 4> list = {{
    {"help", "help [--json]", "lists the commands", run_help},
    {"whoami", "whoami [--json]", "says who you are to this relay", run_whoami},
    {"status", "status [--json]", "says whether your mail reaches you now, and what limits hold", run_status},
    {"events", "events [--json]", "stays open and writes a line for each event", run_events},
}};

/// What a person typed, fit for a one-line message: control characters gone, not too long.
std::string shown(std::string_view word) {
  constexpr std::size_t longest = 40;
  std::string text(word.substr(0, longest));
  std::ranges::replace_if(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, '?');
  return text;
}

asio::awaitable<ExitStatus> refuse_usage(CommandIo& io, std::string what) {
  co_await io.err(what + "\n");
  co_return ExitStatus::usage;
}

}  // namespace

std::span<const Command> command_list() { return list; }

std::string command_names() {
  std::string names;
  for (const Command& command : list) {
    if (!names.empty()) names += ", ";
    names += command.name;
  }
  return names;
}

asio::awaitable<ExitStatus> run_command_line(Caller& caller, CommandIo& io, std::string line) {
  const auto words = proto::split_command_words(line);
  if (!words) co_return co_await refuse_usage(io, std::string(proto::describe(words.error())));
  if (words->empty()) co_return co_await refuse_usage(io, "no command; there are: " + command_names());
  const auto command = std::ranges::find(list, words->front(), &Command::name);
  if (command == list.end()) {
    co_return co_await refuse_usage(io, "no command \"" + shown(words->front()) + "\"; there are: " + command_names());
  }
  Call call{caller, io, OutputForm::text};
  for (auto word = words->begin() + 1; word != words->end(); ++word) {
    if (*word != "--json") co_return co_await refuse_usage(io, "usage: " + std::string(command->usage));
    call.form = OutputForm::json;
  }
  co_return co_await command->run(call);
}

}  // namespace sisu::relay::commands
