// The outputs of a command that runs on an SSH channel of its own.
#pragma once

#include "common/ssh/channel.hpp"
#include "relay/commands/command.hpp"

namespace sisu::relay::gateway {

/// `channel` outlives it.
class ChannelIo final : public commands::CommandIo {
 public:
  explicit ChannelIo(ssh::Channel& channel) : channel_(channel) {}

  asio::awaitable<void> out(std::string text) override { co_await channel_.write(text); }
  asio::awaitable<void> err(std::string text) override { co_await channel_.write_stderr(text); }
  /// The end of standard input is none: `ssh -n relay events` goes on. Only closing the channel is.
  asio::awaitable<void> until_abandoned() override { return channel_.until_closed(); }

 private:
  ssh::Channel& channel_;
};

}  // namespace sisu::relay::gateway
