// What a command is: a name, and a coroutine that answers one call. Each command has a file of its own; the list of
// them is in command_list.cpp.
#pragma once

#include "proto/command_arguments.hpp"
#include "relay/commands/caller.hpp"

#include <asio/awaitable.hpp>

#include <span>
#include <string>
#include <string_view>

namespace sisu::relay::commands {

/// Exit statuses (proto/commands.md).
enum class ExitStatus : int { done = 0, refused = 1, usage = 2, not_now = 3 };

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
  proto::CommandArguments arguments = {};
};

/// Whom a command is for.
enum class Audience {
  everyone,
  claimants,   ///< newcomers, and users, who are told that they have their name already
  users,       ///< who have a name, with a registry or without
  registered,  ///< users whom the registry knows
};

struct Command {
  std::string_view name;
  std::string_view usage;
  std::string_view summary;
  Audience audience;
  proto::CommandSyntax syntax;
  asio::awaitable<ExitStatus> (*run)(Call call);

  bool is_for(Standing standing) const;
};

/// All commands, in the order in which `help` lists them.
std::span<const Command> command_list();

asio::awaitable<ExitStatus> run_help(Call call);
asio::awaitable<ExitStatus> run_claim(Call call);
asio::awaitable<ExitStatus> run_whoami(Call call);
asio::awaitable<ExitStatus> run_status(Call call);
asio::awaitable<ExitStatus> run_invite(Call call);
asio::awaitable<ExitStatus> run_lookup(Call call);
asio::awaitable<ExitStatus> run_spool(Call call);
asio::awaitable<ExitStatus> run_tlsa(Call call);
asio::awaitable<ExitStatus> run_acme(Call call);
asio::awaitable<ExitStatus> run_events(Call call);

/// Writes the reason, for a command that ends with it.
asio::awaitable<ExitStatus> refuse(CommandIo& io, const Refusal& refusal);
asio::awaitable<ExitStatus> refuse_usage(CommandIo& io, std::string_view what);

/// Counts the line, splits it, finds the command, runs it. An empty line is `help` with status 2. Whatever the command
/// lets escape (the caller has gone) escapes from here.
asio::awaitable<ExitStatus> run_command_line(Caller& caller, CommandIo& io, std::string line);

/// "help, whoami, ...": those that there are for the caller, for messages.
std::string command_names(Standing standing);

}  // namespace sisu::relay::commands
