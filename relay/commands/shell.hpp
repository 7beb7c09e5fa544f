// The shell of a log-in without a command: a greeting, the list of commands, and a prompt that runs them.
#pragma once

#include "common/net/byte_stream.hpp"
#include "relay/commands/caller.hpp"
#include "relay/commands/line_editor.hpp"

#include <asio/awaitable.hpp>

namespace sisu::relay::commands {

enum class ShellEnd {
  left,  ///< "exit", Ctrl-D or end of input
  idle,  ///< limit shell-idle: the stream is closed
};

/// Runs until the user leaves. Throws std::system_error when the stream is lost. Everything outlives the call.
asio::awaitable<ShellEnd> run_shell(Caller& caller, net::ByteStream& stream, Terminal terminal);

}  // namespace sisu::relay::commands
