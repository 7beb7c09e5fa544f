// An SSH channel as a ByteStream. Flow control is SSH's window: a reader that stops reading stops the peer after about
// 1 MB; a writer waits while the peer's window is closed. Memory per channel is bounded by `buffer_limit` and libssh's
// window, whatever either side does.
#pragma once

#include "common/base/ip_address.hpp"
#include "common/net/byte_stream.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace sisu::ssh {

/// Belongs to the session that made it and to that session's executor. May outlive the session: it then reads end of
/// stream and refuses writes.
class Channel : public net::ByteStream {
 public:
  /// Bytes for standard error of an exec channel; on other channels a programmer's error.
  virtual asio::awaitable<void> write_stderr(std::string_view bytes) = 0;
  /// exit-status, then EOF and close. For exec channels on the server.
  virtual asio::awaitable<void> exit(int status) = 0;
  /// On the client, after end of stream: the exit status of an exec channel, -1 if none came.
  virtual int exit_status() const = 0;
};

}  // namespace sisu::ssh
