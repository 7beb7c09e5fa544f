#include "tests/unit/client/fake_relay.hpp"

#include <asio/use_awaitable.hpp>

#include <algorithm>

namespace sisu::client::test {
namespace {

using asio::ip::tcp;

asio::awaitable<void> answer(std::unique_ptr<ssh::Channel> channel, std::string text, int status = 0) {
  co_await channel->write(text);
  co_await channel->exit(status);
}

constexpr int refused = 1;
constexpr int not_now = 3;

asio::awaitable<void> refuse(std::unique_ptr<ssh::Channel> channel, std::string reason, int status = refused) {
  co_await channel->write_stderr(reason);
  co_await channel->exit(status);
}

}  // namespace

struct FakeRelay::Session final : ssh::ServerSessionHandler {
  explicit Session(FakeRelay& owner) : relay(owner) {}

  std::optional<std::string> login(const std::string&, const ssh::PublicKey&) override {
    if (relay.refuse_login) ++relay.refusals;
    return relay.refuse_login;
  }
  bool forward_requested(const std::string& address, std::uint16_t port) override {
    present = relay.grant_forwards && address == "smtp-delivery" && port == 25;
    return present;
  }
  bool forward_cancelled(const std::string&, std::uint16_t) override { return std::exchange(present, false); }
  void exec(std::string command_line, std::unique_ptr<ssh::Channel> channel) override {
    if (!relay.answer_commands) {
      hanging.push_back(std::move(channel));
    } else if (relay.busy > 0 && command_line.starts_with(relay.busy_with)) {
      --relay.busy;
      relay.tasks_.spawn(refuse(std::move(channel), "too many commands within a minute\n", not_now));
    } else if (command_line == "events --json") {
      events = std::move(channel);
      ++relay.event_readers;
    } else if (command_line.starts_with("claim")) {
      relay.claims.push_back(command_line);
      if (!relay.claim_refusal.empty())
        return (void)relay.tasks_.spawn(refuse(std::move(channel), relay.claim_refusal));
      relay.knows_the_key = true;
      relay.tasks_.spawn(answer(std::move(channel), relay.whoami));
    } else if (!relay.knows_the_key) {
      relay.tasks_.spawn(refuse(std::move(channel), "you have no name here yet\n"));
    } else if (const auto* known = relay.answer_to(command_line)) {
      relay.tasks_.spawn(answer(std::move(channel), known->first, known->second));
    } else {
      relay.tasks_.spawn(answer(std::move(channel), relay.whoami));
    }
  }
  void shell(std::unique_ptr<ssh::Channel>, bool) override {}

  FakeRelay& relay;
  std::unique_ptr<ssh::ServerSession> session;
  std::shared_ptr<ssh::Channel> events;
  std::vector<std::unique_ptr<ssh::Channel>> hanging;
  bool present = false;
};

FakeRelay::FakeRelay(asio::io_context& loop)
    : loop_(loop), acceptor_(loop, tcp::endpoint(asio::ip::address_v4::loopback(), 0)), tasks_(loop.get_executor()) {
  tasks_.spawn(accept());
}

FakeRelay::~FakeRelay() = default;

asio::awaitable<void> FakeRelay::accept() {
  for (;;) {
    tcp::socket socket = co_await acceptor_.async_accept(asio::use_awaitable);
    tasks_.spawn(serve(std::move(socket)));
  }
}

asio::awaitable<void> FakeRelay::serve(tcp::socket socket) {
  const auto session = std::make_shared<Session>(*this);
  session->session = ssh::ServerSession::create(std::move(socket), host_key_, {}, *session);
  try {
    co_await session->session->log_in();
    ++log_ins;
    sessions_.push_back(session);
    co_await session->session->run();
  } catch (const std::exception&) {
    // The test looks at what the client says of it.
  }
  session->events.reset();
  session->hanging.clear();
  sessions_.remove(session);
}

const std::pair<std::string, int>* FakeRelay::answer_to(const std::string& command) const {
  for (const auto& [beginning, known] : answers) {
    if (command.starts_with(beginning)) return &known;
  }
  return nullptr;
}

std::size_t FakeRelay::present() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(sessions_, [](const auto& session) { return session->present; }));
}

std::size_t FakeRelay::sessions() const { return sessions_.size(); }

asio::awaitable<void> FakeRelay::send_event(std::string line) {
  line += '\n';
  const auto all = sessions_;
  for (const auto& session : all) {
    co_await session->events->write(line);
    co_await session->events->exit(0);
  }
}

asio::awaitable<void> FakeRelay::send_event_and_drop(std::string line) {
  co_await send_event(std::move(line));
  const auto all = sessions_;
  for (const auto& session : all) {
    co_await session->session->probe(std::chrono::seconds(10));  // what is unread when a session ends is lost
    session->session->disconnect("replaced");
  }
}

void FakeRelay::drop_sessions() {
  for (const auto& session : sessions_) session->session->disconnect("the relay restarts");
}

asio::awaitable<std::unique_ptr<ssh::Channel>> FakeRelay::open_delivery(std::string address, Endpoint originator) {
  co_return co_await sessions_.back()->session->open_forwarded(std::move(address), 25, originator);
}

}  // namespace sisu::client::test
