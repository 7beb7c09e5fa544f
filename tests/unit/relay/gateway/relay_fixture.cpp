#include "tests/unit/relay/gateway/relay_fixture.hpp"

#include "common/net/address_conversion.hpp"
#include "common/net/deadline.hpp"
#include "relay/tier1/listening_sockets.hpp"

#include <asio/experimental/as_tuple.hpp>
#include <asio/read.hpp>
#include <asio/steady_timer.hpp>

#include <array>

namespace sisu::relay::gateway::test {
namespace {

constexpr auto patience = 60s;

/// A free port, kept for the whole test by nobody: as in service, the kernel refuses while the user is absent.
Endpoint free_address() {
  const std::vector any = {Endpoint::parse("127.0.0.1:0").value()};
  return tier1::ListeningSockets::open(any, 1, log::Logger()).value()->sockets().front().address;
}

}  // namespace

void RelayTest::start_relay() {
  tier1_address = free_address();
  accounts = DevAccounts::open({"niklas", {tier1_address}}, scratch / "dev_user").value();
  start_gateway();
}

void RelayTest::start_zone() {
  tier1_address = free_address();
  registry_options.prefix = UserPrefix::parse("2001:db8:5157::/64");
  ZoneSettings settings{mail::DomainName::parse("sisu.test").value(), tier1_address.port, {}, {}, dns};
  accounts = std::make_unique<RegistryAccounts>(scratch.path(), registry_options, std::move(settings));
  start_gateway();
}

void RelayTest::start_gateway() {
  environment = std::make_unique<Environment>(limits, *accounts, host_key, log::Logger(), registry);
  gateway = std::make_unique<Gateway>(*environment, loops);
  ASSERT_TRUE(gateway->listen(std::vector{Endpoint::parse("127.0.0.1:0").value()}));
  ssh_address = gateway->addresses().front();
  thread_ = std::thread([this] { gateway->run(); });
}

void RelayTest::stop_relay() {
  if (!thread_.joinable()) return;
  gateway->stop();
  thread_.join();
}

RelayTest::~RelayTest() {
  clients.stop();
  const auto finish = [](net::TaskGroup& group) -> asio::awaitable<void> { co_await group.join(); };
  asio::co_spawn(loop, finish(clients), asio::detached);
  loop.restart();
  loop.run_for(patience);
  stop_relay();
}

void RelayTest::run(asio::awaitable<void> body) {
  std::exception_ptr failure;
  bool ended = false;
  asio::co_spawn(loop, net::with_deadline(std::move(body), patience), [&](std::exception_ptr escaped) {
    failure = escaped;
    ended = true;
  });
  loop.restart();
  while (!ended) loop.run_one();
  if (failure) std::rethrow_exception(failure);
}

double RelayTest::bitten(LimitName limit) const {
  for (int i = 0; i < 5000 && environment->limit_log.count(limit) < 1; ++i) std::this_thread::sleep_for(1ms);
  return environment->limit_log.count(limit);
}

asio::awaitable<void> RelayTest::run_client(std::shared_ptr<Client> client) {
  client->end = co_await client->session->run();
}

asio::awaitable<std::shared_ptr<Client>> RelayTest::log_in() { return log_in("niklas", user_key); }

asio::awaitable<std::shared_ptr<Client>> RelayTest::log_in(std::string user, ssh::PrivateKey key) {
  tcp::socket socket(loop);
  co_await socket.async_connect(net::to_asio(ssh_address), asio::use_awaitable);
  ssh::ClientOptions options;
  options.host = "127.0.0.1";
  options.port = ssh_address.port;
  options.user = std::move(user);
  options.key = std::move(key);
  options.verify_host_key = [](const ssh::PublicKey&) -> Result<void, ssh::KeyError> { return {}; };
  const auto client = std::make_shared<Client>();
  client->session = co_await ssh::ClientSession::log_in(std::move(socket), std::move(options), workers);
  clients.spawn(run_client(client));
  co_return client;
}

asio::awaitable<std::shared_ptr<Client>> RelayTest::present(std::string address) {
  auto client = co_await log_in();
  co_await client->session->request_forward(std::move(address), 25);
  co_return client;
}

asio::awaitable<tcp::socket> RelayTest::connect() {
  tcp::socket socket(loop);
  co_await socket.async_connect(net::to_asio(tier1_address), asio::use_awaitable);
  co_return socket;
}

asio::awaitable<bool> RelayTest::refuses_senders() {
  tcp::socket socket(loop);
  const auto [error] =
      co_await socket.async_connect(net::to_asio(tier1_address), asio::experimental::as_tuple(asio::use_awaitable));
  co_return error == asio::error::connection_refused;
}

asio::awaitable<void> RelayTest::until(std::function<bool()> condition) {
  while (!condition()) co_await pause(2ms);
}

asio::awaitable<void> RelayTest::until_refused() {
  for (;;) {
    const bool refused = co_await refuses_senders();
    if (refused) co_return;
    co_await pause(2ms);
  }
}

asio::awaitable<void> RelayTest::until_accepted() {
  for (;;) {
    const bool refused = co_await refuses_senders();
    if (!refused) co_return;
    co_await pause(2ms);
  }
}

asio::awaitable<RelayTest::Answer> RelayTest::command(Client& client, std::string line) {
  const auto channel = co_await client.session->exec(std::move(line));
  Answer answer;
  answer.text = co_await read_all(*channel);
  answer.errors = channel->error_text();
  answer.status = channel->exit_status();
  co_return answer;
}

asio::awaitable<std::string> read_all(net::ByteStream& stream) {
  std::string all;
  std::array<char, 4096> buffer{};
  for (;;) {
    const std::size_t count = co_await stream.read_some(buffer);
    if (count == 0) co_return all;
    all.append(buffer.data(), count);
  }
}

asio::awaitable<std::string> read_all(tcp::socket& socket) {
  std::string all;
  co_await asio::async_read(socket, asio::dynamic_buffer(all), asio::experimental::as_tuple(asio::use_awaitable));
  co_return all;
}

asio::awaitable<std::string> read_exactly(net::ByteStream& stream, std::size_t count) {
  std::string all(count, '\0');
  std::size_t have = 0;
  while (have < count) {
    const std::size_t more = co_await stream.read_some({all.data() + have, count - have});
    if (more == 0) break;
    have += more;
  }
  all.resize(have);
  co_return all;
}

asio::awaitable<void> pause(std::chrono::milliseconds time) {
  asio::steady_timer timer(co_await asio::this_coro::executor, time);
  co_await timer.async_wait(asio::use_awaitable);
}

}  // namespace sisu::relay::gateway::test
