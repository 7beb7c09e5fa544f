// One command that the relay runs for us (proto/commands.md): what it wrote, and how it ended.
#pragma once

#include "common/ssh/client_session.hpp"

#include <asio/awaitable.hpp>

#include <memory>
#include <string>

namespace sisu::client {

/// Exit statuses of proto/commands.md.
inline constexpr int command_done = 0;
inline constexpr int command_refused = 1;  ///< for good
inline constexpr int command_usage = 2;    ///< also: a relay of a version that does not know it
inline constexpr int command_not_now = 3;

inline constexpr std::size_t command_output_limit = 64 * 1024;  ///< bytes; what is beyond them is not read

struct CommandAnswer {
  std::string output;
  std::string errors;  ///< the first line, printable
  int status = -1;     ///< -1: the session ended first, or the output was too long
};

/// The caller sets the deadline. Throws std::system_error when there is no answer at all. The session may end, and go
/// away, meanwhile.
asio::awaitable<CommandAnswer> run_command(std::shared_ptr<ssh::ClientSession> session, std::string command);

}  // namespace sisu::client
