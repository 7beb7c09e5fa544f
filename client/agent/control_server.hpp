// Answers at the control socket: reads requests, asks the running client, writes answers. Bounded in connections, line
// length and time; what is wrong with a request is answered, and nothing of it disturbs the mail.
#pragma once

#include "client/agent/control_socket.hpp"
#include "client/agent/status_report.hpp"
#include "common/log/logger.hpp"
#include "common/net/byte_stream.hpp"
#include "common/net/task_group.hpp"

#include <asio/awaitable.hpp>
#include <asio/local/stream_protocol.hpp>

#include <chrono>
#include <functional>
#include <string>

namespace sisu::client {

/// What the running client does for whoever asks.
struct ControlHandler {
  std::function<asio::awaitable<StatusReport>()> status;
  std::function<asio::awaitable<KeyReport>()> key;
  /// Stores the wish. The error is one line.
  std::function<asio::awaitable<Result<void, std::string>>()> roll;
};

struct ControlLimits {
  std::size_t connections = 8;                ///< at once; more are cut
  std::chrono::milliseconds request{30'000};  ///< for a line to be complete, and its answer to be taken
};

/// Belongs to one event loop.
class ControlServer {
 public:
  ControlServer(asio::any_io_executor executor, ControlDescriptor listener, ControlHandler handler,
                ControlLimits limits, log::Logger logger);

  /// Accepts until it is cancelled; connections that are served end with it.
  asio::awaitable<void> serve();

 private:
  using Socket = asio::local::stream_protocol::socket;
  asio::awaitable<void> converse(Socket socket);
  asio::awaitable<std::string> answer(std::string request);
  asio::awaitable<std::string> status_answer();
  asio::awaitable<std::string> key_answer();

  asio::local::stream_protocol::acceptor acceptor_;
  ControlHandler handler_;
  ControlLimits limits_;
  log::Logger logger_;
  net::TaskGroup connections_;
};

}  // namespace sisu::client
