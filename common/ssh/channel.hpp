// An SSH channel as a ByteStream. Flow control is SSH's window: a reader that stops reading stops the peer after 1.28
// MB (libssh's window); a writer waits while the peer's window is closed. An idle channel holds no buffer.
#pragma once

#include "common/net/byte_stream.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace sisu::ssh {

class ChannelCore;

/// Belongs to the session that made it and to that session's executor. May outlive the session: it then reads end of
/// stream and refuses writes. Going away closes it. Copying loops do best with a net::GrowingBuffer: large reads and
/// writes are the cheapest, and one write becomes one run of full SSH packets.
class Channel final : public net::ByteStream {
 public:
  explicit Channel(std::shared_ptr<ChannelCore> core);
  ~Channel() override;

  asio::any_io_executor executor() override;
  asio::awaitable<std::size_t> read_some(std::span<char> out) override;
  bool at_end() const override;
  asio::awaitable<void> write(std::string_view bytes) override;
  asio::awaitable<void> finish() override;
  void close() noexcept override;

  /// Completes when the peer has closed the channel (not merely finished sending) or the session has ended. Bytes that
  /// come in meanwhile are dropped; nobody else may be reading.
  asio::awaitable<void> until_closed();

  /// Bytes for standard error of an exec channel; on other channels a programmer's error.
  asio::awaitable<void> write_stderr(std::string_view bytes);
  /// exit-status, then EOF and close. For exec channels on the server.
  asio::awaitable<void> exit(int status);
  /// On the client, after end of stream: the exit status of an exec channel, -1 if none came.
  int exit_status() const;
  /// On the client, after end of stream: what the command wrote to standard error, at most 8 KiB of it.
  const std::string& error_text() const;

 private:
  std::shared_ptr<ChannelCore> core_;
};

}  // namespace sisu::ssh
