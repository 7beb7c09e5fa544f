// The tunnel of Sisumail without mail: what `sshd` and `ssh -R` are compared with (tests/bench/tunnel.py).
//
//   bench_tunnel serve SSH-PORT TCP-PORT           a server; senders connect to TCP-PORT while a client forwards
//   bench_tunnel connect HOST:PORT KEY TARGET      a client; TARGET is a TCP port on loopback, or "banner" to answer
//                                                  every channel with 40 bytes itself
//   bench_tunnel log-ins HOST:PORT KEY USER COUNT PARALLEL     log-ins one after the other in PARALLEL lanes, per
//   second bench_tunnel idle HOST:PORT KEY USER COUNT                 COUNT sessions that do nothing, until standard
//   input ends
//
// log-ins, idle and connect work against any SSH server that grants the forward; so does the load (bench_load).
#include "common/net/growing_buffer.hpp"
#include "common/net/task_group.hpp"
#include "common/net/tcp_stream.hpp"
#include "common/net/worker_pool.hpp"
#include "common/ssh/client_session.hpp"
#include "common/ssh/server_session.hpp"

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/use_awaitable.hpp>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <unistd.h>
#include <vector>

namespace sisu::bench {
namespace {

using asio::ip::tcp;

constexpr std::string_view banner = "220 mail.example ESMTP ready to serve\r\n\n";

asio::awaitable<void> copy(net::ByteStream& from, net::ByteStream& to) {
  net::GrowingBuffer buffer;
  while (const std::size_t count = co_await from.read_some(buffer.space())) co_await to.write(buffer.filled(count));
  co_await to.finish();
}

asio::awaitable<void> copy_or_close(std::shared_ptr<net::ByteStream> from, std::shared_ptr<net::ByteStream> to) {
  try {
    co_await copy(*from, *to);
  } catch (const std::exception&) {
    from->close();
    to->close();
  }
}

asio::awaitable<void> pipe(net::TaskGroup& tasks, std::shared_ptr<net::ByteStream> one,
                           std::shared_ptr<net::ByteStream> other) {
  tasks.spawn(copy_or_close(one, other));
  co_await copy_or_close(other, one);
}

class TunnelServer final : public ssh::ServerSessionHandler {
 public:
  TunnelServer(tcp::socket socket, const ssh::PrivateKey& host_key, std::uint16_t tcp_port)
      : executor_(socket.get_executor()), acceptor_(executor_), tcp_port_(tcp_port), tasks_(executor_) {
    ssh::ServerLimits limits;
    limits.keepalive = std::chrono::milliseconds(0);
    session_ = ssh::ServerSession::create(std::move(socket), host_key, limits, *this);
  }

  asio::awaitable<void> run() {
    try {
      co_await session_->log_in();
      co_await session_->run();
    } catch (const std::exception&) {
    }
    asio::error_code ignored;
    acceptor_.close(ignored);
    tasks_.stop();
    co_await tasks_.join();
  }

  std::optional<std::string> login(const std::string&, const ssh::PublicKey&) override { return std::nullopt; }
  bool forward_requested(const std::string& address, std::uint16_t port) override {
    address_ = address;
    port_ = port;
    acceptor_.open(tcp::v4());
    acceptor_.set_option(tcp::acceptor::reuse_address(true));
    acceptor_.bind({asio::ip::address_v4::loopback(), tcp_port_});
    acceptor_.listen();
    tasks_.spawn(accept());
    return true;
  }
  bool forward_cancelled(const std::string&, std::uint16_t) override { return false; }
  void exec(std::string, std::unique_ptr<ssh::Channel>) override {}
  void shell(std::unique_ptr<ssh::Channel>, bool) override {}

 private:
  asio::awaitable<void> accept() {
    while (true) {
      auto socket = co_await acceptor_.async_accept(asio::use_awaitable);
      tasks_.spawn(deliver(std::move(socket)));
    }
  }

  asio::awaitable<void> deliver(tcp::socket socket) {
    const Endpoint sender{IpAddress(), 1};
    auto stream = std::make_shared<net::TcpStream>(std::move(socket));
    std::shared_ptr<ssh::Channel> channel = co_await session_->open_forwarded(address_, port_, sender);
    co_await pipe(tasks_, stream, channel);
  }

  asio::any_io_executor executor_;
  tcp::acceptor acceptor_;
  std::uint16_t tcp_port_;
  std::string address_;
  std::uint16_t port_ = 0;
  net::TaskGroup tasks_;
  std::unique_ptr<ssh::ServerSession> session_;
};

asio::awaitable<void> serve_one(std::shared_ptr<TunnelServer> server) { co_await server->run(); }

asio::awaitable<void> serve(std::uint16_t ssh_port, std::uint16_t tcp_port) {
  const auto executor = co_await asio::this_coro::executor;
  const auto host_key = ssh::PrivateKey::generate();
  tcp::acceptor acceptor(executor, {asio::ip::address_v4::loopback(), ssh_port});
  while (true) {
    auto socket = co_await acceptor.async_accept(asio::use_awaitable);
    asio::co_spawn(executor, serve_one(std::make_shared<TunnelServer>(std::move(socket), host_key, tcp_port)),
                   asio::detached);
  }
}

struct Where {
  Endpoint server;
  ssh::PrivateKey key;
  std::string user;
};

asio::awaitable<std::unique_ptr<ssh::ClientSession>> log_in(Where where, net::WorkerPool& workers) {
  const auto executor = co_await asio::this_coro::executor;
  tcp::socket socket(executor);
  co_await socket.async_connect({asio::ip::make_address(where.server.address.to_string()), where.server.port},
                                asio::use_awaitable);
  ssh::ClientOptions options;
  options.host = where.server.address.to_string();
  options.port = where.server.port;
  options.user = where.user;
  options.key = where.key;
  options.limits.keepalive = std::chrono::milliseconds(0);
  options.verify_host_key = [](const ssh::PublicKey&) -> Result<void, ssh::KeyError> { return {}; };
  auto session = co_await ssh::ClientSession::log_in(std::move(socket), std::move(options), workers);
  co_return std::move(session);
}

asio::awaitable<void> answer(std::shared_ptr<ssh::Channel> channel) {
  co_await channel->write(banner);
  co_await channel->finish();
  std::vector<char> buffer(512);
  while (co_await channel->read_some(buffer) > 0) {
  }
}

asio::awaitable<void> to_target(net::TaskGroup& tasks, std::shared_ptr<ssh::Channel> channel, std::uint16_t target) {
  tcp::socket socket(channel->executor());
  co_await socket.async_connect({asio::ip::address_v4::loopback(), target}, asio::use_awaitable);
  co_await pipe(tasks, std::make_shared<net::TcpStream>(std::move(socket)), channel);
}

asio::awaitable<void> run_session(ssh::ClientSession& session) { co_await session.run(); }

asio::awaitable<void> connect(Where where, std::string target) {
  const auto executor = co_await asio::this_coro::executor;
  net::WorkerPool workers(1, "worker");
  net::TaskGroup tasks(executor);
  const auto session = co_await log_in(where, workers);
  tasks.spawn(run_session(*session));
  co_await session->request_forward("smtp-delivery", 25);
  std::puts("forwarding");
  std::fflush(stdout);
  while (true) {
    auto arrived = co_await session->accept_forwarded();
    std::shared_ptr<ssh::Channel> channel = std::move(arrived.channel);
    if (target == "banner") {
      tasks.spawn(answer(channel));
    } else {
      tasks.spawn(to_target(tasks, channel, static_cast<std::uint16_t>(std::stoi(target))));
    }
  }
}

asio::awaitable<void> log_in_lane(Where where, net::WorkerPool& workers, int& left) {
  while (left > 0) {
    --left;
    co_await log_in(where, workers);
  }
}

asio::awaitable<void> log_ins(Where where, int count, int parallel) {
  const auto executor = co_await asio::this_coro::executor;
  net::WorkerPool workers(1, "worker");
  net::TaskGroup lanes(executor);
  const auto start = std::chrono::steady_clock::now();
  int left = count;
  for (int i = 0; i < parallel; ++i) lanes.spawn(log_in_lane(where, workers, left));
  co_await lanes.join();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  std::printf("%.1f\n", count / took.count());
}

asio::awaitable<void> idle(Where where, int count) {
  const auto executor = co_await asio::this_coro::executor;
  net::WorkerPool workers(1, "worker");
  net::TaskGroup running(executor);
  std::vector<std::unique_ptr<ssh::ClientSession>> sessions;
  for (int i = 0; i < count; ++i) {
    sessions.push_back(co_await log_in(where, workers));
    running.spawn(run_session(*sessions.back()));
  }
  std::puts("idle");
  std::fflush(stdout);
  asio::posix::stream_descriptor input(executor, ::dup(0));
  char byte = 0;
  try {
    co_await input.async_read_some(asio::buffer(&byte, 1), asio::use_awaitable);
  } catch (const std::exception&) {
  }
  running.stop();
  co_await running.join();
}

Where where(char** words) {
  const auto server = Endpoint::parse(words[0]);
  const auto key = ssh::PrivateKey::load(words[1], {});
  if (!server || !key) throw std::runtime_error(key ? "bad HOST:PORT" : key.error().what);
  return {*server, *key, "bench"};
}

asio::awaitable<void> command(int argc, char** argv) {
  const std::string name = argc > 1 ? argv[1] : "";
  if (name == "serve" && argc == 4) {
    co_await serve(static_cast<std::uint16_t>(std::stoi(argv[2])), static_cast<std::uint16_t>(std::stoi(argv[3])));
  } else if (name == "connect" && argc == 5) {
    co_await connect(where(argv + 2), argv[4]);
  } else if (name == "log-ins" && argc == 7) {
    Where there = where(argv + 2);
    there.user = argv[4];
    co_await log_ins(there, std::stoi(argv[5]), std::stoi(argv[6]));
  } else if (name == "idle" && argc == 6) {
    Where there = where(argv + 2);
    there.user = argv[4];
    co_await idle(there, std::stoi(argv[5]));
  } else {
    throw std::runtime_error("usage: bench_tunnel serve|connect|log-ins|idle ... (see the head of tunnel_peer.cpp)");
  }
}

}  // namespace
}  // namespace sisu::bench

int main(int argc, char** argv) {
  asio::io_context loop(1);
  int status = 0;
  asio::co_spawn(loop, sisu::bench::command(argc, argv), [&loop, &status](std::exception_ptr failure) {
    if (failure) {
      try {
        std::rethrow_exception(failure);
      } catch (const std::exception& error) {
        std::fprintf(stderr, "bench_tunnel: %s\n", error.what());
        status = 1;
      }
    }
    loop.stop();
  });
  loop.run();
  return status;
}
