#include "relay/naming/transport/message_connection.hpp"

#include "common/base/expects.hpp"
#include "relay/host/socket_address.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <map>
#include <netinet/tcp.h>
#include <poll.h>

namespace sisu::relay::naming {
namespace {

constexpr std::size_t length_prefix = 2;
constexpr std::size_t read_size = 65'536;

bool must_wait(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

TransportError error_at(const Endpoint& server, std::string_view why) {
  return {server.to_string() + ": " + std::string(why)};
}

TransportError error_at(const Endpoint& server, int number) { return error_at(server, describe_errno(number)); }

/// What became of a connect that was under way.
int connect_result(int socket) {
  int result = 0;
  socklen_t size = sizeof result;
  if (getsockopt(socket, SOL_SOCKET, SO_ERROR, &result, &size) != 0) return errno;
  return result;
}

}  // namespace

Result<MessageConnection, TransportError> MessageConnection::open(const Endpoint& server, Deadline deadline,
                                                                  const Interrupt* interrupt) {
  const host::SocketAddress address(server);
  Descriptor socket(::socket(address.get()->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket.is_open()) return fail(error_at(server, errno));
  const int on = 1;
  setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::connect(socket.get(), address.get(), address.length()) != 0) {
    if (errno != EINPROGRESS) return fail(error_at(server, errno));
    if (wait_for(socket.get(), POLLOUT, deadline, interrupt) == 0)
      return fail(error_at(server, "no connection in time"));
    if (const int result = connect_result(socket.get()); result != 0) return fail(error_at(server, result));
  }
  return MessageConnection(server, std::move(socket), interrupt);
}

void MessageConnection::send(OctetView message) {
  expects(!message.empty() && message.size() <= longest_message, "a DNS message");
  output_.push_back(static_cast<std::uint8_t>(message.size() >> 8));
  output_.push_back(static_cast<std::uint8_t>(message.size() & 0xFF));
  output_.insert(output_.end(), message.begin(), message.end());
}

Result<Octets, TransportError> MessageConnection::receive(Deadline deadline) {
  while (true) {
    // First: whoever sends without end gets no more time by it.
    if (std::chrono::steady_clock::now() >= deadline) return fail(error("no answer in time"));
    if (auto message = take_message()) return *std::move(message);
    const short wanted = static_cast<short>(output_.empty() ? POLLIN : POLLIN | POLLOUT);
    const short ready = wait_for(socket_.get(), wanted, deadline, interrupt_);
    if (ready == 0) return fail(error("no answer in time"));
    if ((ready & POLLOUT) != 0) {
      if (auto written = write_some(); !written) return fail(std::move(written).error());
    }
    if ((ready & ~POLLOUT) == 0) continue;
    if (auto read = read_some(); !read) return fail(std::move(read).error());
  }
}

std::optional<Octets> MessageConnection::take_message() {
  if (input_.size() < length_prefix) return std::nullopt;
  const auto end = length_prefix + message_id(input_);  // the length is written as an id is
  if (input_.size() < end) return std::nullopt;
  Octets message(input_.begin() + length_prefix, input_.begin() + static_cast<std::ptrdiff_t>(end));
  input_.erase(input_.begin(), input_.begin() + static_cast<std::ptrdiff_t>(end));
  return message;
}

Result<void, TransportError> MessageConnection::write_some() {
  const auto written = ::send(socket_.get(), output_.data(), output_.size(), MSG_NOSIGNAL);
  if (written < 0 && !must_wait(errno)) return fail(error_at(server_, errno));
  if (written > 0) output_.erase(output_.begin(), output_.begin() + written);
  return {};
}

Result<void, TransportError> MessageConnection::read_some() {
  std::array<std::uint8_t, read_size> piece;
  const auto size = ::recv(socket_.get(), piece.data(), piece.size(), 0);
  if (size == 0) return fail(error("the server closed the connection before it answered"));
  if (size < 0) return must_wait(errno) ? Result<void, TransportError>{} : fail(error_at(server_, errno));
  input_.insert(input_.end(), piece.begin(), piece.begin() + size);
  return {};
}

TransportError MessageConnection::error(std::string_view why) const { return error_at(server_, why); }

Result<void, TransportError> run(MessageConnection& connection, const Pipeline& pipeline) {
  std::map<std::uint16_t, std::size_t> waiting;
  std::size_t next = 0;
  auto deadline = std::chrono::steady_clock::now() + pipeline.patience;
  while (true) {
    while (next < pipeline.requests && waiting.size() < pipeline.window) {
      auto id = random_message_id();
      while (waiting.contains(id)) ++id;
      if (const auto request = pipeline.compose(next, id); !request.empty()) {
        connection.send(request);
        waiting.emplace(id, next);
      }
      ++next;
    }
    if (waiting.empty()) return {};
    const auto answer = connection.receive(deadline);
    if (!answer) return fail(answer.error());
    const auto request = waiting.find(message_id(*answer));
    if (request == waiting.end() || !pipeline.take(request->second, *answer)) continue;
    waiting.erase(request);
    deadline = std::chrono::steady_clock::now() + pipeline.patience;
  }
}

}  // namespace sisu::relay::naming
