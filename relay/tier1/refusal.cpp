#include "relay/tier1/refusal.hpp"

#include <asio/buffer.hpp>

#include <string>

namespace sisu::relay::tier1 {

void refuse(asio::ip::tcp::socket socket, std::string_view reason) {
  const std::string line = "421 4.7.0 " + std::string(reason) + ", try again later\r\n";
  asio::error_code ignored;  // a sender that has gone needs no answer
  socket.non_blocking(true, ignored);
  socket.write_some(asio::buffer(line), ignored);
  socket.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  // Unread bytes at close() would send a reset, which can overtake the line.
  char unread[512];
  socket.read_some(asio::buffer(unread), ignored);
  socket.close(ignored);
}

}  // namespace sisu::relay::tier1
