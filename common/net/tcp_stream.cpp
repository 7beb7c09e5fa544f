#include "common/net/tcp_stream.hpp"

#include <asio/buffer.hpp>
#include <asio/experimental/as_tuple.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>

#include <sys/socket.h>

namespace sisu::net {

TcpStream::TcpStream(asio::ip::tcp::socket socket) : socket_(std::move(socket)) {
  asio::error_code ignored;  // a socket that has died already says so at the first read
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
}

asio::awaitable<std::size_t> TcpStream::read_some(std::span<char> out) {
  const auto [error, count] = co_await socket_.async_read_some(asio::buffer(out.data(), out.size()),
                                                               asio::experimental::as_tuple(asio::use_awaitable));
  if (error == asio::error::eof) co_return 0;
  if (error) throw std::system_error(error);
  co_return count;
}

asio::awaitable<void> TcpStream::write(std::string_view bytes) {
  co_await asio::async_write(socket_, asio::buffer(bytes.data(), bytes.size()), asio::use_awaitable);
}

asio::awaitable<void> TcpStream::finish() {
  asio::error_code ignored;  // not connected any more: nothing left to finish
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  co_return;
}

asio::awaitable<void> TcpStream::write_last(std::string_view bytes) {
  // The kernel keeps the last segment for the FIN that comes at once.
  while (!bytes.empty()) {
    bytes.remove_prefix(
        co_await socket_.async_send(asio::buffer(bytes.data(), bytes.size()), MSG_MORE, asio::use_awaitable));
  }
  co_await finish();
}

void TcpStream::close() noexcept {
  asio::error_code ignored;
  socket_.close(ignored);
}

}  // namespace sisu::net
