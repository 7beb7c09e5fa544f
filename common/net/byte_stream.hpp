// ByteStream: one connection's bytes, whatever carries them: a TCP socket, TLS over another stream, an SSH channel.
// Code that speaks a protocol takes a ByteStream& and so runs unchanged over each.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>

#include <cstddef>
#include <span>
#include <string_view>

namespace sisu::net {

/// Used by one coroutine for reading and one for writing at a time, both on executor(). Errors are std::system_error.
class ByteStream {
 public:
  ByteStream() = default;
  ByteStream(const ByteStream&) = delete;
  ByteStream& operator=(const ByteStream&) = delete;
  virtual ~ByteStream() = default;

  virtual asio::any_io_executor executor() = 0;

  /// Waits for bytes and stores 1 to out.size() of them; 0 means the peer has finished sending. `out` must not be
  /// empty and must live until completion.
  virtual asio::awaitable<std::size_t> read_some(std::span<char> out) = 0;

  /// True: the next read_some() will say at once that the peer has finished. False: nobody knows yet.
  virtual bool at_end() const { return false; }

  /// Completes when the layer below has taken every byte (that is the back-pressure). `bytes` must live until then.
  virtual asio::awaitable<void> write(std::string_view bytes) = 0;

  /// No more bytes will be written (TCP FIN, TLS close_notify, SSH EOF); reading goes on.
  virtual asio::awaitable<void> finish() = 0;

  /// write(), then finish(); both travel together where the layer below can do that.
  virtual asio::awaitable<void> write_last(std::string_view bytes);

  /// Ends both directions at once, without flushing. Pending operations complete with an error or end of stream.
  /// Idempotent.
  virtual void close() noexcept = 0;
};

}  // namespace sisu::net
