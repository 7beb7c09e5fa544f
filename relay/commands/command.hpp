// What a command is: a name, and a coroutine that answers one call. Each command has a file of its own; the list of
// them is in command_list.cpp.
#pragma once

#include "relay/commands/caller.hpp"

#include <asio/awaitable.hpp>

#include <span>
#include <string>
#include <string_view>

namespace sisu::relay::commands {

/// Exit statuses (proto/commands.md).
enum class ExitStatus : int { done = 0, refused = 1, usage = 2 };

/// The two outputs of a running command, and the end of interest in it.
class CommandIo {
 public:
  virtual ~CommandIo() = default;
  /// Lines with their line feeds.
  virtual asio::awaitable<void> out(std::string text) = 0;
  virtual asio::awaitable<void> err(std::string text) = 0;
  /// Completes when the caller has gone or interrupted the command. For commands that stay open.
  virtual asio::awaitable<void> until_abandoned() = 0;
};

enum class OutputForm { text, json };

/// One call of a command; what it refers to lives until the command ends.
struct Call {
  Caller& caller;
  CommandIo& io;
  OutputForm form = OutputForm::text;
};

struct Command {
  std::string_view name;
  std::string_view usage;
  std::string_view summary;
  asio::awaitable<ExitStatus> (*run)(Call call);
};

/// All commands, in the order in which `help` lists them.
std::span<const Command> command_list();

asio::awaitable<ExitStatus> run_help(Call call);
asio::awaitable<ExitStatus> run_whoami(Call call);
asio::awaitable<ExitStatus> run_status(Call call);
asio::awaitable<ExitStatus> run_events(Call call);

/// Splits the line, finds the command, runs it. An empty line is `help` with status 2. Whatever the command lets escape
/// (the caller has gone) escapes from here.
asio::awaitable<ExitStatus> run_command_line(Caller& caller, CommandIo& io, std::string line);

/// "help, whoami, ...": for messages.
std::string command_names();

}  // namespace sisu::relay::commands
