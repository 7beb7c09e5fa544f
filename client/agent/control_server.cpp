#include "client/agent/control_server.hpp"

#include "common/net/deadline.hpp"

#include <asio/buffer.hpp>
#include <asio/error.hpp>
#include <asio/experimental/as_tuple.hpp>
#include <asio/read_until.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>
#include <nlohmann/json.hpp>

#include <system_error>

namespace sisu::client {
namespace {

using asio::experimental::as_tuple;
using Local = asio::local::stream_protocol;

constexpr std::chrono::milliseconds after_failure{1'000};  // of accept(2), as when descriptors have run out

std::string error_line(const std::string& what) { return nlohmann::json{{"error", what}}.dump() + "\n"; }

/// A line without its LF. Throws std::system_error at the end, at the limit, and after `within`.
asio::awaitable<std::string> read_line(Local::socket& socket, std::string& unread) {
  auto buffer = asio::dynamic_buffer(unread, control_request_limit + 1);
  const std::size_t size = co_await asio::async_read_until(socket, buffer, '\n', asio::use_awaitable);
  std::string line = unread.substr(0, size - 1);
  unread.erase(0, size);
  co_return line;
}

asio::awaitable<void> write_line(Local::socket& socket, std::string line) {
  co_await asio::async_write(socket, asio::buffer(line), asio::use_awaitable);
}

}  // namespace

ControlServer::ControlServer(asio::any_io_executor executor, ControlDescriptor listener, ControlHandler handler,
                             ControlLimits limits, log::Logger logger)
    : acceptor_(executor, Local(), listener.release()),
      handler_(std::move(handler)),
      limits_(limits),
      logger_(std::move(logger)),
      connections_(executor) {}

asio::awaitable<void> ControlServer::serve() {
  asio::steady_timer pause(acceptor_.get_executor());
  try {
    for (;;) {
      auto [failure, socket] = co_await acceptor_.async_accept(as_tuple(asio::use_awaitable));
      if (failure == asio::error::operation_aborted) break;
      if (failure) {
        pause.expires_after(after_failure);
        co_await pause.async_wait(asio::use_awaitable);
        continue;
      }
      if (!is_own_peer(socket.native_handle())) {
        logger_.warning("another user at the control socket was refused");
        continue;
      }
      if (connections_.size() < limits_.connections) connections_.spawn(converse(std::move(socket)));
    }
  } catch (const std::system_error&) {
    // cancelled
  }
  connections_.stop();
}

asio::awaitable<void> ControlServer::converse(Socket socket) {
  std::string unread;
  try {
    for (;;) {
      auto reading = read_line(socket, unread);
      std::string request = co_await net::with_deadline(std::move(reading), limits_.request);
      std::string line = co_await answer(std::move(request));
      auto writing = write_line(socket, std::move(line));
      co_await net::with_deadline(std::move(writing), limits_.request);
    }
  } catch (const std::system_error& error) {
    if (error.code() == asio::error::operation_aborted) throw;
    if (error.code() != asio::error::eof) logger_.debug("control connection cut", {{"reason", error.code().message()}});
  }
}

asio::awaitable<std::string> ControlServer::answer(std::string request) {
  const auto json = nlohmann::json::parse(request, nullptr, false);
  const auto kind = json.is_object() ? json.find("request") : json.end();
  if (!json.is_object() || kind == json.end() || !kind->is_string()) {
    co_return error_line("a request is a JSON object like {\"request\":\"status\"}");
  }
  const std::string word = kind->get<std::string>();
  if (word == "status") co_return co_await status_answer();
  if (word == "key-status") co_return co_await key_answer();
  if (word != "key-roll") co_return error_line("this sisumail knows the requests status, key-status and key-roll");
  const auto wished = co_await handler_.roll();
  if (!wished) co_return error_line(wished.error());
  co_return co_await key_answer();
}

// Apart from answer(): a frame of over 1020 bytes makes g++ 12 warn of Asio's own operator delete.

asio::awaitable<std::string> ControlServer::status_answer() {
  const StatusReport report = co_await handler_.status();
  co_return status_line(report);
}

asio::awaitable<std::string> ControlServer::key_answer() {
  const KeyReport report = co_await handler_.key();
  co_return key_line(report);
}

}  // namespace sisu::client
