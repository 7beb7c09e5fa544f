#include "tests/support/zone_crowd/crowd.hpp"

#include "common/net/address_conversion.hpp"
#include "relay/registry/state_directory.hpp"

#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace sisu::test {
namespace {

using asio::ip::tcp;

asio::awaitable<void> run_session(ssh::ClientSession& session) { co_await session.run(); }

asio::awaitable<void> greet(std::shared_ptr<ssh::Channel> channel, std::string greeting) {
  co_await channel->write(greeting);
  co_await channel->finish();
  std::array<char, 512> heard{};
  while (co_await channel->read_some(heard) > 0) {
  }
}

}  // namespace

void Crowd::register_users(const std::filesystem::path& state, const std::string& prefix, std::size_t count) {
  const relay::ClaimRules rules{
      .policy = relay::ClaimPolicy::open, .claims_per_prefix = 10'000'000, .claims_overall = 10'000'000};
  relay::OpenedRegistry opened = relay::open_registry(state, relay::OpenedBy::daemon, rules);
  opened.database.set_prefix(relay::UserPrefix::parse(prefix).value());
  opened.database.database().run("PRAGMA synchronous = OFF");
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  for (std::size_t i = 0; i < count; ++i) {
    const std::string name = "user" + std::to_string(i);
    auto key = ssh::PrivateKey::generate();
    const auto claimed = opened.database.claim({.name = relay::AccountName::parse(name).value(),
                                                .key = relay::UserKey::parse(key.public_key().to_openssh()).value(),
                                                .invite = {},
                                                .source = IpAddress()},
                                               now);
    if (!claimed) throw std::runtime_error(name + ": " + std::string(describe(claimed.error())));
    users_.push_back({name, claimed->account->address.to_string(), std::move(key)});
  }
  opened.database.database().run("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA synchronous = FULL");
}

CrowdUser& Crowd::find(const std::string& name) {
  const auto user = std::ranges::find(users_, name, &CrowdUser::name);
  if (user == users_.end()) throw std::runtime_error("nobody is called " + name);
  return *user;
}

asio::awaitable<void> Crowd::become_present(Endpoint relay, std::size_t count, std::size_t lanes) {
  net::TaskGroup group(co_await asio::this_coro::executor);
  std::exception_ptr failure;
  group.on_error([&failure](std::exception_ptr error) { failure = error; });
  std::size_t next = 0;
  for (std::size_t i = 0; i < lanes; ++i) group.spawn(lane(relay, next, std::min(count, users_.size())));
  co_await group.join();
  if (failure) std::rethrow_exception(failure);
}

asio::awaitable<void> Crowd::lane(Endpoint relay, std::size_t& next, std::size_t count) {
  while (next < count) {
    CrowdUser& user = users_[next++];
    co_await log_in(relay, user);
  }
}

asio::awaitable<void> Crowd::log_in(Endpoint relay, CrowdUser& user) {
  tcp::socket socket(co_await asio::this_coro::executor);
  co_await socket.async_connect(net::to_asio(relay), asio::use_awaitable);
  ssh::ClientOptions options;
  options.host = relay.address.to_string();
  options.port = relay.port;
  options.user = user.name;
  options.key = user.key;
  options.verify_host_key = [](const ssh::PublicKey&) -> Result<void, ssh::KeyError> { return {}; };
  user.session = co_await ssh::ClientSession::log_in(std::move(socket), std::move(options), workers_);
  running_.spawn(run_session(*user.session));
  co_await user.session->request_forward("smtp-raw", 25);
  running_.spawn(answer_senders(user));
}

asio::awaitable<void> Crowd::answer_senders(CrowdUser& user) {
  for (;;) {
    auto arrived = co_await user.session->accept_forwarded();
    running_.spawn(greet(std::move(arrived.channel), "220 " + user.name + " here\r\n"));
  }
}

void Crowd::leave(const std::string& name) {
  CrowdUser& user = find(name);
  if (user.session) user.session->disconnect("leaving");
}

asio::awaitable<void> Crowd::end() {
  running_.stop();
  co_await running_.join();
}

}  // namespace sisu::test
