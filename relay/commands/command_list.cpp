#include "proto/command_words.hpp"
#include "relay/commands/command.hpp"

#include <algorithm>
#include <array>

namespace sisu::relay::commands {
namespace {

constexpr proto::CommandSyntax no_arguments{};
constexpr proto::CommandSyntax one_operand{.operands = 1};
constexpr proto::CommandSyntax up_to_4_digests{.operands = 1, .more_operands = Published::most_tlsa};
constexpr proto::CommandSyntax two_or_three_operands{.operands = 2, .more_operands = 1};
constexpr proto::CommandSyntax invite_option{.option = "--invite"};
using A = Audience;

constexpr std::array<Command, 10> list = {{
    {"help", "help [--json]", "lists the commands", A::everyone, no_arguments, run_help},
    {"claim", "claim [--invite CODE] [--json]", "binds the name of this log-in to your key", A::claimants,
     invite_option, run_claim},
    {"whoami", "whoami [--json]", "says who you are to this relay", A::users, no_arguments, run_whoami},
    {"status", "status [--json]", "says whether your mail reaches you now, and what limits hold", A::users,
     no_arguments, run_status},
    {"invite", "invite list [--json]", "lists the invitation codes that you can pass on", A::registered, one_operand,
     run_invite},
    {"lookup", "lookup NAME [--json]", "gives the public key of another user", A::registered, one_operand, run_lookup},
    {"spool", "spool on|off [--json]", "says whether the relay may keep mail for you (Tier 2)", A::registered,
     one_operand, run_spool},
    {"tlsa", "tlsa publish SHA256...|list [--json]", "says which TLS keys are yours, for DANE", A::registered,
     up_to_4_digests, run_tlsa},
    {"acme", "acme present|cleanup HOST VALUE [--json]",
     "proves your name to a CA; \"acme account URI|none\" binds it to your account there", A::registered,
     two_or_three_operands, run_acme},
    {"events", "events [--json]", "stays open and writes a line for each event", A::users, no_arguments, run_events},
}};

/// What a person typed, fit for a one-line message: control characters gone, not too long.
std::string shown(std::string_view word) {
  constexpr std::size_t longest = 40;
  std::string text(word.substr(0, longest));
  std::ranges::replace_if(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, '?');
  return text;
}

std::string no_command(std::string_view word, Standing standing) {
  return "no command \"" + shown(word) + "\"; there are: " + command_names(standing);
}

std::string claim_first(std::string_view command, const std::string& name) {
  return "you have no name here yet: \"claim\" binds the name " + name + " to your key; then there is \"" +
         std::string(command) + "\"";
}

std::string usage_text(const Command& command, proto::ArgumentsError error) {
  return std::string(describe(error)) + "; usage: " + std::string(command.usage);
}

}  // namespace

bool Command::is_for(Standing standing) const {
  switch (audience) {
    case Audience::everyone:
      return true;
    case Audience::claimants:
      return standing != Standing::dev_user;
    case Audience::users:
      return standing != Standing::newcomer;
    case Audience::registered:
      return standing == Standing::user;
  }
  return false;
}

std::span<const Command> command_list() { return list; }

std::string command_names(Standing standing) {
  std::string names;
  for (const Command& command : list) {
    if (!command.is_for(standing)) continue;
    if (!names.empty()) names += ", ";
    names += command.name;
  }
  return names;
}

asio::awaitable<ExitStatus> refuse(CommandIo& io, const Refusal& refusal) {
  const ExitStatus status = refusal.for_now ? ExitStatus::not_now : ExitStatus::refused;
  std::string line = refusal.reason + "\n";
  co_await io.err(std::move(line));
  co_return status;
}

asio::awaitable<ExitStatus> refuse_usage(CommandIo& io, std::string_view what) {
  std::string line = std::string(what) + "\n";
  co_await io.err(std::move(line));
  co_return ExitStatus::usage;
}

asio::awaitable<ExitStatus> run_command_line(Caller& caller, CommandIo& io, std::string line) {
  const Standing standing = caller.standing();
  if (const auto too_many = caller.count_command()) {
    const Refusal refusal{*too_many, true};
    co_return co_await refuse(io, refusal);
  }
  const auto words = proto::split_command_words(line);
  if (!words) co_return co_await refuse_usage(io, proto::describe(words.error()));
  if (words->empty()) co_return co_await refuse_usage(io, "no command; there are: " + command_names(standing));
  const auto command = std::ranges::find(list, words->front(), &Command::name);
  if (command == list.end()) co_return co_await refuse_usage(io, no_command(words->front(), standing));
  if (!command->is_for(standing)) {
    if (standing != Standing::newcomer) co_return co_await refuse_usage(io, no_command(words->front(), standing));
    const Refusal refusal{claim_first(command->name, caller.facts().name)};
    co_return co_await refuse(io, refusal);
  }
  auto arguments = proto::parse_command_arguments(std::span(*words).subspan(1), command->syntax);
  if (!arguments) co_return co_await refuse_usage(io, usage_text(*command, arguments.error()));
  const OutputForm form = arguments->json ? OutputForm::json : OutputForm::text;
  Call call{caller, io, form, *std::move(arguments)};  // by name: g++ 12.2 destroys a temporary in co_await twice
  co_return co_await command->run(std::move(call));
}

}  // namespace sisu::relay::commands
