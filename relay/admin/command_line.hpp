// The command line of the operator's commands: sisumail-relay user|invite|registry|dns COMMAND ...
#pragma once

#include "relay/admin/console.hpp"

#include <string>
#include <string_view>

namespace sisu::relay::admin {

/// Whether the first word names a group of commands.
bool is_command(int argc, const char* const* argv);

/// A word further on that would have been one, for whoever wrote an option first; empty: there is none.
std::string_view misplaced_command(int argc, const char* const* argv);

/// Runs the command that is_command() saw. The exit status: 0 done, 1 refused or the machine does not allow it, 2 the
/// words are wrong; with an error, `console.errors` is one line.
int run_command(int argc, const char* const* argv, Console& console);

/// The commands, one per line with what they do, for sisumail-relay --help.
std::string command_summary();

}  // namespace sisu::relay::admin
