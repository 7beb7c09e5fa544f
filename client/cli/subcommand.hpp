// `sisumail status`, `sisumail key ...`: commands that ask a running client instead of being one. Each has a file of
// its own.
#pragma once

#include "client/cli/options.hpp"

#include <chrono>
#include <filesystem>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

namespace sisu::client {

/// Where a command writes; a value, so that tests read it.
struct Terminal {
  std::ostream& out;
  std::ostream& err;
  bool colour = false;
  std::function<void(std::chrono::milliseconds)> sleep;
};

inline constexpr int exit_yes = 0;    ///< ready; the roll is stored, or done
inline constexpr int exit_no = 1;     ///< not ready; it failed
inline constexpr int exit_usage = 2;  ///< the command line is wrong

/// What stood behind the name of the command.
struct SubcommandWords {
  std::filesystem::path state;
  bool json = false;
  bool wait = false;  ///< of `key roll`
};

// Each blocks, and answers with the exit status.
int run_status(const SubcommandWords& words, Terminal& terminal);
int run_key_status(const SubcommandWords& words, Terminal& terminal);
int run_key_roll(const SubcommandWords& words, Terminal& terminal);

/// The exit status; nullopt: the words (without the program's name) are no such command, but the options of a client.
std::optional<int> run_subcommand(std::vector<std::string> words, Environment environment, Terminal& terminal);

/// "sisumail: WHAT" on standard error; exit_no.
int report_failure(Terminal& terminal, const std::string& what);

}  // namespace sisu::client
