// A ByteStream whose peer is played by the test, without a coroutine: push() what the peer sends, poll the io_context,
// take() what came back. Faults can be set.
#pragma once

#include "common/net/byte_stream.hpp"

#include <asio/steady_timer.hpp>

#include <cstddef>
#include <limits>
#include <string>
#include <string_view>

namespace sisu::test {

class PlayedStream final : public net::ByteStream {
 public:
  static constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();

  explicit PlayedStream(asio::any_io_executor executor);

  asio::any_io_executor executor() override { return changed_.get_executor(); }
  asio::awaitable<std::size_t> read_some(std::span<char> out) override;
  bool at_end() const override { return peer_finished_ && to_read_.empty(); }
  asio::awaitable<void> write(std::string_view bytes) override;
  asio::awaitable<void> finish() override;
  asio::awaitable<void> write_last(std::string_view bytes) override;
  void close() noexcept override;

  /// The peer sends.
  void push(std::string_view bytes);
  /// The peer sends no more.
  void push_end();
  /// The peer is gone: reads fail with connection_reset, writes with broken_pipe.
  void reset();
  /// What was written since the last call.
  std::string take();

  bool is_finished() const { return finished_; }
  bool is_closed() const { return closed_; }

  int last_writes = 0;                   ///< calls of write_last()
  int writes = 0;                        ///< calls of write()
  std::size_t max_read = unlimited;      ///< octets that one read_some() gives at most
  std::size_t write_budget = unlimited;  ///< octets that can still be written; then writing waits for ever
  bool fail_after_budget = false;        ///< ... or fails with broken_pipe

 private:
  asio::awaitable<void> wait_for_change();
  void check_open() const;

  asio::steady_timer changed_;  // never expires; cancelled at every change
  std::string to_read_;
  std::string written_;
  bool peer_finished_ = false;
  bool peer_reset_ = false;
  bool finished_ = false;
  bool closed_ = false;
};

}  // namespace sisu::test
