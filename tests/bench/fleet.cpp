// Many clients of one relay in one process, each a client::Link as sisumail has it: it logs in, asks who it is, follows
// events, asks for deliveries, and comes back by itself when the relay restarts. For tests/bench/restart.py.
//
//   bench_fleet STATE PREFIX HOST:PORT ACCOUNTS SESSIONS
//
// makes a registry of so many accounts in STATE, prints "registered", and obeys lines on standard input:
//   go              SESSIONS clients start in one instant: the worst that a restart could be
//   mark            from now on it is measured when each is back
//   log-ins COUNT   that many log-ins of different users, one after the other; prints the microseconds of one
// When all clients are online for the first time since "go" or "mark" it prints
//   back SESSIONS LAST MEDIAN P99        seconds since then
#include "client/link/link.hpp"
#include "common/net/task_group.hpp"
#include "relay/registry/state_directory.hpp"

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/read_until.hpp>
#include <asio/use_awaitable.hpp>

#include <algorithm>
#include <cstdio>
#include <sstream>
#include <unistd.h>

namespace sisu::bench {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::duration;

double seconds_since(Clock::time_point begin) { return duration<double>(Clock::now() - begin).count(); }

struct Member {
  std::string name;
  ssh::PrivateKey key;
  std::unique_ptr<client::Link> link = {};
  bool is_back = false;
};

/// A key that nobody holds, for accounts that only fill the registry.
relay::UserKey filler_key(std::size_t number) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string blob = "AAAAC3NzaC1lZDI1NTE5AAAAI" + std::string(43, 'A');
  for (std::size_t at = blob.size(); number != 0; number /= 64) blob[--at] = digits[number % 64];
  return relay::UserKey::parse("ssh-ed25519 " + blob).value();
}

Result<void, ssh::KeyError> any_host_key(const ssh::PublicKey&) { return {}; }

asio::awaitable<void> run_link(client::Link& link) { co_await link.run(); }

class Fleet {
 public:
  Fleet(asio::any_io_executor executor, client::RelayAddress relay)
      : executor_(executor), relay_(std::move(relay)), running_(executor) {}

  void register_accounts(const std::string& state, const std::string& prefix, std::size_t accounts,
                         std::size_t sessions) {
    const relay::ClaimRules rules{
        .policy = relay::ClaimPolicy::open, .claims_per_prefix = 10'000'000, .claims_overall = 10'000'000};
    auto opened = relay::open_registry(state, relay::OpenedBy::daemon, rules);
    opened.database.set_prefix(relay::UserPrefix::parse(prefix).value());
    opened.database.database().run("PRAGMA synchronous = OFF");
    for (std::size_t i = 0; i < accounts; ++i) {
      const std::string name = "user" + std::to_string(i);
      relay::UserKey key = filler_key(i + 1);
      if (i < sessions) {
        members_.push_back({name, ssh::PrivateKey::generate()});
        key = relay::UserKey::parse(members_.back().key.public_key().to_openssh()).value();
      }
      const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
      const auto claimed = opened.database.claim({relay::AccountName::parse(name).value(), key, {}, IpAddress()}, now);
      if (!claimed) throw std::runtime_error(name + ": " + std::string(describe(claimed.error())));
    }
    opened.database.database().run("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA synchronous = FULL");
  }

  void go() {
    mark();
    for (Member& member : members_) {
      client::LinkOptions options;
      options.relay = relay_;
      options.user = member.name;
      options.key = member.key;
      member.link = std::make_unique<client::Link>(
          executor_, std::move(options), any_host_key,
          client::RelaySession::Callbacks{.deliver = [](ssh::ForwardedChannel, SessionId) {},
                                          .online = [this, &member](const client::Identity&) { is_online(member); }},
          workers_, log::Logger());
      running_.spawn(run_link(*member.link));
    }
  }

  void mark() {
    marked_ = Clock::now();
    back_after_.clear();
    for (Member& member : members_) member.is_back = false;
  }

  asio::awaitable<void> log_ins(std::size_t count) {
    const auto begin = Clock::now();
    for (std::size_t i = 0; i < count; ++i) co_await log_in(members_[i * 7919 % members_.size()]);
    std::printf("log-ins %.0f\n", seconds_since(begin) / static_cast<double>(count) * 1e6);
    std::fflush(stdout);
  }

 private:
  void is_online(Member& member) {
    if (std::exchange(member.is_back, true)) return;
    back_after_.push_back(seconds_since(marked_));
    if (back_after_.size() < members_.size()) return;
    std::ranges::sort(back_after_);
    std::printf("back %zu %.2f %.2f %.2f\n", members_.size(), back_after_.back(), back_after_[back_after_.size() / 2],
                back_after_[back_after_.size() * 99 / 100]);
    std::fflush(stdout);
  }

  asio::awaitable<void> log_in(const Member& member) {
    asio::ip::tcp::socket socket(executor_);
    co_await socket.async_connect({asio::ip::make_address(relay_.host), relay_.port}, asio::use_awaitable);
    ssh::ClientOptions options;
    options.host = relay_.host;
    options.port = relay_.port;
    options.user = member.name;
    options.key = member.key;
    options.verify_host_key = any_host_key;
    const auto session = co_await ssh::ClientSession::log_in(std::move(socket), std::move(options), workers_);
    session->disconnect("done");
  }

  asio::any_io_executor executor_;
  client::RelayAddress relay_;
  net::WorkerPool workers_{1, "worker"};
  std::vector<Member> members_;
  Clock::time_point marked_;
  std::vector<double> back_after_;
  net::TaskGroup running_;
};

asio::awaitable<void> obey(Fleet& fleet) {
  asio::posix::stream_descriptor input(co_await asio::this_coro::executor, ::dup(STDIN_FILENO));
  std::string read;
  for (;;) {
    const std::size_t length =
        co_await asio::async_read_until(input, asio::dynamic_buffer(read), '\n', asio::use_awaitable);
    std::istringstream line(read.substr(0, length));
    read.erase(0, length);
    std::string word;
    std::size_t count = 0;
    line >> word >> count;
    if (word == "go") fleet.go();
    if (word == "mark") fleet.mark();
    if (word == "log-ins") co_await fleet.log_ins(count);
  }
}

}  // namespace
}  // namespace sisu::bench

int main(int argc, char** argv) {
  const auto relay = argc == 6 ? sisu::client::RelayAddress::parse(argv[3]) : std::nullopt;
  if (!relay) {
    std::fputs("usage: bench_fleet STATE PREFIX HOST:PORT ACCOUNTS SESSIONS (see the head of fleet.cpp)\n", stderr);
    return 2;
  }
  asio::io_context loop(1);
  sisu::bench::Fleet fleet(loop.get_executor(), *relay);
  fleet.register_accounts(argv[1], argv[2], std::stoul(argv[4]), std::stoul(argv[5]));
  std::puts("registered");
  std::fflush(stdout);
  asio::co_spawn(loop, sisu::bench::obey(fleet), [](std::exception_ptr) { std::_Exit(0); });  // standard input ended
  loop.run();
}
