// Console: what an operator's command has of the world beside the registry: a person, or a script, and the time.
#pragma once

#include "relay/account/account.hpp"

#include <functional>
#include <optional>
#include <string>

namespace sisu::relay::admin {

struct Console {
  std::string out;     ///< for standard output, written when the command has ended
  std::string errors;  ///< for standard error, one line
  bool color = false;  ///< whether `out` may have colours
  /// Puts a question to the person and gives the line that they typed, nullopt at the end of input. Empty: there is no
  /// terminal, nobody can be asked.
  std::function<std::optional<std::string>(const std::string& question)> ask;
  Time now;
};

/// The process's own. Colours on a terminal, unless NO_COLOR is set (no-color.org) or TERM is "dumb".
Console real_console();

/// Writes `out` and `errors`; false, with the reason on standard error, if standard output does not take it.
bool write_out(const Console& console);

}  // namespace sisu::relay::admin
