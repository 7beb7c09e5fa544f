// A server and clients of ours on one event loop, over loopback TCP; and ways to run coroutines to their end.
#pragma once

#include "common/net/deadline.hpp"
#include "common/net/task_group.hpp"
#include "common/net/worker_pool.hpp"
#include "common/ssh/client_session.hpp"
#include "common/ssh/server_session.hpp"
#include "tests/support/scratch_directory.hpp"

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/use_awaitable.hpp>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace sisu::ssh::test {

using asio::ip::tcp;
using namespace std::chrono_literals;

/// Answers as told; commands: "echo TEXT", "cat", "flood N", "hold" (reads nothing), "close at once"; others fail. A
/// shell greets and copies.
class Handler : public ServerSessionHandler {
 public:
  explicit Handler(asio::any_io_executor executor) : tasks(executor) {}

  std::optional<std::string> login(const std::string& user, const PublicKey& key) override;
  bool forward_requested(const std::string& address, std::uint16_t port) override;
  bool forward_cancelled(const std::string& address, std::uint16_t port) override;
  void exec(std::string command_line, std::unique_ptr<Channel> channel) override;
  void shell(std::unique_ptr<Channel> channel, bool has_pty) override;
  void refused(std::string_view what) override { refusals.emplace_back(what); }
  void limit_reached(LimitKind kind) override { limits.push_back(kind); }

  std::optional<std::string> refuse_login;
  std::string user;
  std::string fingerprint;
  std::set<std::pair<std::string, std::uint16_t>> forwards;
  bool grant_forwards = true;
  std::vector<std::string> refusals;
  std::vector<LimitKind> limits;
  std::vector<std::string> commands;
  std::vector<std::unique_ptr<Channel>> held;
  net::TaskGroup tasks;
};

/// One accepted connection.
struct Served {
  explicit Served(asio::any_io_executor executor) : handler(executor) {}
  Handler handler;
  std::unique_ptr<ServerSession> session;
  bool logged_in = false;
  std::atomic<bool> ended = false;  ///< looked at from other threads, too
  std::string end_reason;
};

/// Free of gtest's fixture, so that threads may have one each.
class Host {
 public:  // coroutines of the tests are free functions
  Host();
  ~Host();
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  /// Runs the loop until `body` has ended; a test that takes longer than `limit` fails.
  void run(asio::awaitable<void> body, std::chrono::seconds limit = 60s);
  /// Runs the loop until `done` or `limit`; false in the latter case.
  bool run_until(std::function<bool()> done, std::chrono::seconds limit = 30s);

  ClientOptions client_options();
  asio::awaitable<tcp::socket> connect();
  asio::awaitable<std::unique_ptr<ClientSession>> log_in(ClientOptions options);
  /// A client that is logged in and runs, and its server's end.
  struct Pair {
    std::unique_ptr<ClientSession> client;
    Served* served = nullptr;
  };
  asio::awaitable<Pair> open_pair();
  asio::awaitable<Pair> open_pair(ClientOptions options);
  asio::awaitable<void> wait_logged_in(std::size_t sessions);

  asio::io_context loop{1};
  net::WorkerPool workers{1, "worker"};
  PrivateKey host_key = PrivateKey::generate();
  PrivateKey user_key = PrivateKey::generate();
  ServerLimits limits;
  int server_send_buffer = 0;  ///< bytes; 0: the kernel's own choice
  std::function<void(Handler&)> prepare = [](Handler&) {};
  tcp::acceptor acceptor{loop};
  net::TaskGroup servers{loop.get_executor()};
  net::TaskGroup clients{loop.get_executor()};
  std::vector<std::unique_ptr<Served>> served;
  std::vector<std::string> client_ends;

  /// The user's key as a file for stock programs.
  std::filesystem::path key_file();
  asio::awaitable<void> run_client(ClientSession& client);

  std::uint16_t port() const { return acceptor.local_endpoint().port(); }

 private:
  asio::awaitable<void> accept_all();
  asio::awaitable<void> serve(Served& one);
  sisu::test::ScratchDirectory scratch_;
};

class SessionTest : public testing::Test, public Host {};

/// Everything until end of stream, at most `longest` bytes.
asio::awaitable<std::string> read_all(net::ByteStream& stream, std::size_t longest = 1 << 20);
/// Exactly `count` bytes.
asio::awaitable<std::string> read_exactly(net::ByteStream& stream, std::size_t count);
/// Copies until end of stream, then finishes and closes.
asio::awaitable<void> echo(std::unique_ptr<Channel> channel);

/// Byte `position` of a stream whose every part can be checked.
char pattern_at(std::uint64_t position);
asio::awaitable<void> write_pattern(net::ByteStream& stream, std::uint64_t count);
/// Reads to the end; the count of bytes, or a test failure where they differ.
asio::awaitable<std::uint64_t> read_pattern(net::ByteStream& stream);

/// Resident memory of this process, bytes.
std::size_t resident_bytes();

}  // namespace sisu::ssh::test
