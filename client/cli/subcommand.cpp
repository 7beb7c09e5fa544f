#include "client/cli/subcommand.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <ostream>

namespace sisu::client {
namespace {

struct Subcommand {
  std::string_view name;  ///< its words, with a blank between
  const char* summary;
  const char* footer;
  int (*run)(const SubcommandWords&, Terminal&);
  bool waits = false;
};

constexpr const char* status_footer =
    "Exit status: 0 mail reaches you, 1 it does not (yet), or no client runs, 2 the command line is wrong.";
constexpr const char* key_status_footer = "Exit status: 0 done, 1 there is no key yet, 2 the command line is wrong.";
constexpr const char* key_roll_footer =
    "Without a running client the wish is stored, and carried out by the next one.\n"
    "Exit status: 0 stored (with --wait: done), 1 it failed, 2 the command line is wrong.";

constexpr std::array subcommands{
    Subcommand{"status", "Whether mail reaches you, and what is missing.", status_footer, &run_status},
    Subcommand{"key status", "The TLS keys, and where a change of them stands.", key_status_footer, &run_key_status},
    Subcommand{"key roll",
               "Changes the TLS key to the next one, as soon as every sender can know it: no message is deferred.",
               key_roll_footer, &run_key_roll, true},
};

int refuse(Terminal& terminal, const std::string& what, const std::string& help) {
  terminal.err << "sisumail: " << what << " (see sisumail " << help << "--help)\n";
  return exit_usage;
}

int parse_and_run(const Subcommand& command, std::vector<std::string> words, Environment environment,
                  Terminal& terminal) {
  const std::string name(command.name);
  SubcommandWords parsed;
  std::string state;
  CLI::App app(command.summary, "sisumail " + name);
  app.footer(command.footer);
  app.add_option("--state", state, "State directory of the client (default: ~/.local/state/sisumail)")
      ->type_name("DIR");
  app.add_flag("--json", parsed.json, "One JSON object instead of text");
  if (command.waits) app.add_flag("--wait", parsed.wait, "Until the new key serves, and the old one is forgotten");
  try {
    std::ranges::reverse(words);  // as CLI11 wants a vector
    app.parse(words);
  } catch (const CLI::CallForHelp&) {
    terminal.out << app.help();
    return exit_yes;
  } catch (const CLI::ParseError& error) {
    return refuse(terminal, name + ": " + error.what(), name + " ");
  }
  parsed.state = state.empty() ? default_state(environment) : std::filesystem::path(state);
  if (parsed.state.empty()) return refuse(terminal, name + ": HOME is not set: give --state", name + " ");
  return command.run(parsed, terminal);
}

}  // namespace

std::optional<int> run_subcommand(std::vector<std::string> words, Environment environment, Terminal& terminal) {
  if (words.empty() || words.front().starts_with('-')) return std::nullopt;
  std::string name = words.front();
  words.erase(words.begin());
  if (name == "key" && !words.empty() && !words.front().starts_with('-')) {
    name += " " + words.front();
    words.erase(words.begin());
  }
  for (const Subcommand& command : subcommands) {
    if (command.name == name) return parse_and_run(command, std::move(words), environment, terminal);
  }
  return refuse(terminal, "'" + name + "' is no command: there are status, key status and key roll", "");
}

int report_failure(Terminal& terminal, const std::string& what) {
  terminal.err << "sisumail: " << what << "\n";
  return exit_no;
}

}  // namespace sisu::client
