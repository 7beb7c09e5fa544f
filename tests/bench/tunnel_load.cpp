// Load for tunnels, whatever they are made of: plain TCP on loopback.
//
//   bench_load sink PORT MODE       listens; MODE "swallow" reads to the end and answers one byte, "blast N" sends N
//   bytes
//                                   to each, "banner" sends 40 bytes and closes
//   bench_load push PORT BYTES      one stream into PORT, until the far end has answered; prints bytes per second
//   bench_load pull PORT            one stream out of PORT, until its end; prints bytes per second
//   bench_load small PORT COUNT PARALLEL    connections that read 40 bytes and close; prints connections per second
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/experimental/as_tuple.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>

#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

namespace {

using asio::ip::tcp;
constexpr auto quiet = asio::experimental::as_tuple(asio::use_awaitable);
const std::string banner = "220 mail.example ESMTP ready to serve\r\n\n";

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// One loop, one buffer for all: what is read is only counted. A cleared buffer of its own for each of many small
// connections was most of what the generator did, and so limited the rate.
asio::awaitable<std::uint64_t> drain(tcp::socket& socket) {
  static std::vector<char> buffer(256 * 1024);
  std::uint64_t total = 0;
  while (true) {
    const auto [error, count] = co_await socket.async_read_some(asio::buffer(buffer), quiet);
    total += count;
    if (error) co_return total;
  }
}

asio::awaitable<void> blast(tcp::socket& socket, std::uint64_t bytes) {
  const std::vector<char> buffer(256 * 1024, 'x');
  while (bytes > 0) {
    const std::size_t part = static_cast<std::size_t>(std::min<std::uint64_t>(bytes, buffer.size()));
    const auto [error, count] = co_await asio::async_write(socket, asio::buffer(buffer.data(), part), quiet);
    if (error) co_return;
    bytes -= count;
  }
}

asio::awaitable<void> serve(tcp::socket socket, std::string mode, std::uint64_t bytes) {
  if (mode == "swallow") {
    co_await drain(socket);
    co_await asio::async_write(socket, asio::buffer("!", 1), quiet);
  } else if (mode == "blast") {
    co_await blast(socket, bytes);
  } else {
    co_await asio::async_write(socket, asio::buffer(banner), quiet);
  }
  asio::error_code ignored;
  socket.shutdown(tcp::socket::shutdown_send, ignored);
  co_await drain(socket);
}

asio::awaitable<void> sink(std::uint16_t port, std::string mode, std::uint64_t bytes) {
  const auto executor = co_await asio::this_coro::executor;
  tcp::acceptor acceptor(executor, {asio::ip::address_v4::loopback(), port});
  while (true) {
    auto socket = co_await acceptor.async_accept(asio::use_awaitable);
    asio::co_spawn(executor, serve(std::move(socket), mode, bytes), asio::detached);
  }
}

asio::awaitable<tcp::socket> dial(std::uint16_t port) {
  const auto executor = co_await asio::this_coro::executor;
  tcp::socket socket(executor);
  co_await socket.async_connect({asio::ip::address_v4::loopback(), port}, asio::use_awaitable);
  co_return std::move(socket);
}

asio::awaitable<void> push(std::uint16_t port, std::uint64_t bytes) {
  auto socket = co_await dial(port);
  const auto start = std::chrono::steady_clock::now();
  co_await blast(socket, bytes);
  socket.shutdown(tcp::socket::shutdown_send);
  if (co_await drain(socket) != 1) throw std::runtime_error("the far end did not get everything");
  std::printf("%.0f\n", static_cast<double>(bytes) / seconds_since(start));
}

asio::awaitable<void> pull(std::uint16_t port) {
  auto socket = co_await dial(port);
  const auto start = std::chrono::steady_clock::now();
  const std::uint64_t bytes = co_await drain(socket);
  std::printf("%.0f\n", static_cast<double>(bytes) / seconds_since(start));
}

asio::awaitable<void> small_lane(std::uint16_t port, int& left, int& lanes, asio::io_context& loop, int& bad) {
  while (left > 0) {
    --left;
    auto socket = co_await dial(port);
    if (co_await drain(socket) != banner.size()) ++bad;
  }
  if (--lanes == 0) loop.stop();
}

}  // namespace

int main(int argc, char** argv) {
  const std::string command = argc > 2 ? argv[1] : "";
  const auto port = static_cast<std::uint16_t>(argc > 2 ? std::stoi(argv[2]) : 0);
  asio::io_context loop(1);
  const auto done = [&loop](std::exception_ptr failure) {
    if (failure) std::rethrow_exception(failure);
    loop.stop();
  };
  const auto start = std::chrono::steady_clock::now();
  int left = 0;
  int lanes = 0;
  int bad = 0;
  if (command == "sink" && argc >= 4) {
    asio::co_spawn(loop, sink(port, argv[3], argc > 4 ? std::stoull(argv[4]) : 0), done);
  } else if (command == "push" && argc == 4) {
    asio::co_spawn(loop, push(port, std::stoull(argv[3])), done);
  } else if (command == "pull" && argc == 3) {
    asio::co_spawn(loop, pull(port), done);
  } else if (command == "small" && argc == 5) {
    left = std::stoi(argv[3]);
    lanes = std::stoi(argv[4]);
    for (int i = lanes; i > 0; --i) {
      asio::co_spawn(loop, small_lane(port, left, lanes, loop, bad), [](std::exception_ptr failure) {
        if (failure) std::rethrow_exception(failure);
      });
    }
  } else {
    std::fputs("usage: see the head of tunnel_load.cpp\n", stderr);
    return 2;
  }
  loop.run();
  if (command == "small") {
    if (bad > 0) std::fprintf(stderr, "bench_load: %d connections did not get the banner\n", bad);
    std::printf("%.0f\n", std::stoi(argv[3]) / seconds_since(start));
  }
  return bad > 0 ? 1 : 0;
}
