// A whole relay on loopback, its event loops on threads of their own, and clients of ours on a loop of the test.
#pragma once

#include "common/net/task_group.hpp"
#include "common/net/worker_pool.hpp"
#include "common/ssh/client_session.hpp"
#include "relay/gateway/dev_accounts.hpp"
#include "relay/gateway/gateway.hpp"
#include "relay/gateway/registry_accounts.hpp"
#include "tests/support/scratch_directory.hpp"

#include <asio/io_context.hpp>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace sisu::relay::gateway::test {

using asio::ip::tcp;
using namespace std::chrono_literals;

/// A client that is logged in and runs.
struct Client {
  std::unique_ptr<ssh::ClientSession> session;
  std::string end;  ///< why it ended; empty while it runs
};

class RelayTest : public testing::Test {
 public:
  RelayTest() = default;
  ~RelayTest() override;

  /// Set `limits` and `loops` before. One user, "niklas".
  void start_relay();
  /// The same with a registry, which begins empty, for the zone sisu.test. Set `registry_options` before, too.
  void start_zone();
  void stop_relay();

  /// Runs a coroutine of the test to its end; more than 60 s fail the test.
  void run(asio::awaitable<void> body);

  asio::awaitable<std::shared_ptr<Client>> log_in();
  asio::awaitable<std::shared_ptr<Client>> log_in(std::string user, ssh::PrivateKey key);
  /// A client that has asked for deliveries.
  asio::awaitable<std::shared_ptr<Client>> present(std::string address = "smtp-delivery");
  /// A sender's connection; throws if it is refused.
  asio::awaitable<tcp::socket> connect();
  /// True when the kernel refuses senders.
  asio::awaitable<bool> refuses_senders();
  asio::awaitable<void> until(std::function<bool()> condition);
  asio::awaitable<void> until_refused();
  asio::awaitable<void> until_accepted();
  /// Standard output of a command, and its exit status.
  struct Answer {
    std::string text;
    std::string errors;
    int status = -1;
  };
  asio::awaitable<Answer> command(Client& client, std::string line);

  /// How often a limit bit. The loops of the relay are other threads: waits a while for the first bite.
  double bitten(LimitName limit) const;

  Limits limits;
  std::size_t loops = 2;
  asio::io_context loop{1};
  net::WorkerPool workers{1, "worker"};
  sisu::test::ScratchDirectory scratch;
  ssh::PrivateKey host_key = ssh::PrivateKey::generate();
  ssh::PrivateKey user_key = ssh::PrivateKey::generate();
  metrics::Registry registry;
  RegistryOptions registry_options;
  std::optional<naming::LinkOptions> dns;  ///< of start_zone()
  std::unique_ptr<Accounts> accounts;
  std::unique_ptr<Environment> environment;
  std::unique_ptr<Gateway> gateway;
  Endpoint ssh_address;
  Endpoint tier1_address;
  net::TaskGroup clients{loop.get_executor()};

 private:
  void start_gateway();
  asio::awaitable<void> run_client(std::shared_ptr<Client> client);
  std::thread thread_;
};

/// Everything until end of stream; what was read before an error, too.
asio::awaitable<std::string> read_all(net::ByteStream& stream);
asio::awaitable<std::string> read_all(tcp::socket& socket);
asio::awaitable<std::string> read_exactly(net::ByteStream& stream, std::size_t count);
asio::awaitable<void> pause(std::chrono::milliseconds time);

}  // namespace sisu::relay::gateway::test
