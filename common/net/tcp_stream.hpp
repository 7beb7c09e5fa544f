// A TCP (or Unix) socket as a ByteStream.
#pragma once

#include "common/net/byte_stream.hpp"

#include <asio/ip/tcp.hpp>

namespace sisu::net {

class TcpStream final : public ByteStream {
 public:
  /// Takes a connected socket and sets TCP_NODELAY: the layers above write whole replies.
  explicit TcpStream(asio::ip::tcp::socket socket);

  asio::any_io_executor executor() override { return socket_.get_executor(); }
  asio::awaitable<std::size_t> read_some(std::span<char> out) override;
  asio::awaitable<void> write(std::string_view bytes) override;
  asio::awaitable<void> finish() override;
  asio::awaitable<void> write_last(std::string_view bytes) override;
  void close() noexcept override;

  asio::ip::tcp::socket& socket() { return socket_; }

 private:
  asio::ip::tcp::socket socket_;
};

}  // namespace sisu::net
