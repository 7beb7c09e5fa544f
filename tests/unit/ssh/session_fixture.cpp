#include "tests/unit/ssh/session_fixture.hpp"

#include <asio/steady_timer.hpp>

#include <algorithm>
#include <fstream>
#include <unistd.h>

namespace sisu::ssh::test {
namespace {

asio::awaitable<void> write_then_exit(std::unique_ptr<Channel> channel, std::string text, std::string errors,
                                      int status) {
  if (!text.empty()) co_await channel->write(text);
  if (!errors.empty()) co_await channel->write_stderr(errors);
  co_await channel->exit(status);
}

asio::awaitable<void> flood(std::unique_ptr<Channel> channel, std::uint64_t count) {
  co_await write_pattern(*channel, count);
  co_await channel->exit(0);
}

asio::awaitable<void> cat(std::unique_ptr<Channel> channel, std::string greeting) {
  if (!greeting.empty()) co_await channel->write(greeting);
  std::vector<char> buffer(64 * 1024);
  while (const std::size_t count = co_await channel->read_some(buffer)) {
    co_await channel->write({buffer.data(), count});
    if (std::string_view(buffer.data(), count).find('\4') != std::string_view::npos) break;
  }
  co_await channel->exit(0);
}

}  // namespace

std::optional<std::string> Handler::login(const std::string& name, const PublicKey& key) {
  user = name;
  fingerprint = key.fingerprint();
  return refuse_login;
}

bool Handler::forward_requested(const std::string& address, std::uint16_t port) {
  return grant_forwards && forwards.emplace(address, port).second;
}

bool Handler::forward_cancelled(const std::string& address, std::uint16_t port) {
  return forwards.erase({address, port}) > 0;
}

void Handler::exec(std::string command_line, std::unique_ptr<Channel> channel) {
  commands.push_back(command_line);
  if (command_line.starts_with("echo ")) {
    tasks.spawn(write_then_exit(std::move(channel), command_line.substr(5) + "\n", "", 0));
  } else if (command_line == "cat") {
    tasks.spawn(cat(std::move(channel), ""));
  } else if (command_line.starts_with("flood ")) {
    tasks.spawn(flood(std::move(channel), std::stoull(command_line.substr(6))));
  } else if (command_line == "hold") {
    held.push_back(std::move(channel));
  } else if (command_line == "close at once") {
    channel->close();
  } else {
    tasks.spawn(write_then_exit(std::move(channel), "", "no such command\n", 2));
  }
}

void Handler::shell(std::unique_ptr<Channel> channel, bool has_pty) {
  tasks.spawn(cat(std::move(channel), has_pty ? "hello, terminal\r\n" : "hello\n"));
}

Host::Host() {
  acceptor.open(tcp::v4());
  acceptor.bind({asio::ip::address_v4::loopback(), 0});
  acceptor.listen();
  servers.spawn(accept_all());
}

Host::~Host() {
  clients.stop();
  servers.stop();
  for (const auto& one : served) one->handler.tasks.stop();
  const auto idle = [this] {
    return clients.size() == 0 && servers.size() == 0 &&
           std::ranges::all_of(served, [](const auto& one) { return one->handler.tasks.size() == 0; });
  };
  EXPECT_TRUE(run_until(idle, 10s)) << "coroutines of the fixture did not end";
}

void Host::run(asio::awaitable<void> body, std::chrono::seconds limit) {
  bool done = false;
  std::exception_ptr failure;
  asio::co_spawn(loop, std::move(body), [&done, &failure](std::exception_ptr thrown) {
    failure = thrown;
    done = true;
  });
  ASSERT_TRUE(run_until([&done] { return done; }, limit)) << "the test hangs";
  if (failure) std::rethrow_exception(failure);
}

bool Host::run_until(std::function<bool()> done, std::chrono::seconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!done()) {
    if (std::chrono::steady_clock::now() > end) return false;
    loop.restart();
    loop.run_one_for(100ms);
  }
  return true;
}

ClientOptions Host::client_options() {
  ClientOptions options;
  options.host = "127.0.0.1";
  options.port = port();
  options.user = "niklas";
  options.key = user_key;
  options.verify_host_key = [](const PublicKey&) -> Result<void, KeyError> { return {}; };
  return options;
}

std::filesystem::path Host::key_file() {
  const auto file = scratch_ / "id_ed25519";
  if (!std::filesystem::exists(file)) {
    const auto saved = user_key.save(file);
    if (!saved) throw std::runtime_error(saved.error().what);
  }
  return file;
}

asio::awaitable<tcp::socket> Host::connect() {
  tcp::socket socket(loop);
  co_await socket.async_connect(acceptor.local_endpoint(), asio::use_awaitable);
  co_return socket;
}

asio::awaitable<std::unique_ptr<ClientSession>> Host::log_in(ClientOptions options) {
  auto socket = co_await connect();
  auto session = co_await ClientSession::log_in(std::move(socket), std::move(options), workers);
  co_return std::move(session);
}

asio::awaitable<Host::Pair> Host::open_pair() { return open_pair(client_options()); }

asio::awaitable<Host::Pair> Host::open_pair(ClientOptions options) {
  Pair pair;
  const std::size_t place = served.size();
  pair.client = co_await log_in(std::move(options));
  clients.spawn(run_client(*pair.client));
  co_await wait_logged_in(place + 1);
  pair.served = served[place].get();
  co_return std::move(pair);
}

asio::awaitable<void> Host::wait_logged_in(std::size_t sessions) {
  asio::steady_timer timer(loop);
  while (served.size() < sessions || !served[sessions - 1]->logged_in) {
    timer.expires_after(1ms);
    co_await timer.async_wait(asio::use_awaitable);
  }
}

asio::awaitable<void> Host::run_client(ClientSession& client) { client_ends.push_back(co_await client.run()); }

asio::awaitable<void> Host::accept_all() {
  while (true) {
    auto socket = co_await acceptor.async_accept(asio::use_awaitable);
    if (server_send_buffer > 0) socket.set_option(tcp::socket::send_buffer_size(server_send_buffer));
    auto& one = *served.emplace_back(std::make_unique<Served>(loop.get_executor()));
    prepare(one.handler);
    one.session = ServerSession::create(std::move(socket), host_key, limits, one.handler);
    servers.spawn(serve(one));
  }
}

asio::awaitable<void> Host::serve(Served& one) {
  try {
    co_await one.session->log_in();
    one.logged_in = true;
    one.end_reason = co_await one.session->run();
  } catch (const std::system_error& error) {
    one.end_reason = error.what();
  }
  one.ended = true;
}

asio::awaitable<std::string> read_all(net::ByteStream& stream, std::size_t longest) {
  std::string all;
  std::vector<char> buffer(16 * 1024);
  while (all.size() < longest) {
    const std::size_t count = co_await stream.read_some(buffer);
    if (count == 0) break;
    all.append(buffer.data(), count);
  }
  co_return all;
}

asio::awaitable<std::string> read_exactly(net::ByteStream& stream, std::size_t count) {
  std::string all(count, '\0');
  std::size_t have = 0;
  while (have < count) {
    const std::size_t got = co_await stream.read_some(std::span(all).subspan(have));
    if (got == 0) break;
    have += got;
  }
  all.resize(have);
  co_return all;
}

asio::awaitable<void> echo(std::unique_ptr<Channel> channel) {
  std::vector<char> buffer(64 * 1024);
  while (const std::size_t count = co_await channel->read_some(buffer)) co_await channel->write({buffer.data(), count});
  co_await channel->finish();
}

char pattern_at(std::uint64_t position) {
  return static_cast<char>((position * 2654435761U >> 16 ^ position >> 7) & 0xff);
}

asio::awaitable<void> write_pattern(net::ByteStream& stream, std::uint64_t count) {
  std::vector<char> buffer(64 * 1024);
  for (std::uint64_t sent = 0; sent < count;) {
    const std::size_t part = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), count - sent));
    for (std::size_t i = 0; i < part; ++i) buffer[i] = pattern_at(sent + i);
    co_await stream.write({buffer.data(), part});
    sent += part;
  }
}

asio::awaitable<std::uint64_t> read_pattern(net::ByteStream& stream) {
  std::vector<char> buffer(64 * 1024);
  std::uint64_t position = 0;
  while (const std::size_t count = co_await stream.read_some(buffer)) {
    for (std::size_t i = 0; i < count; ++i, ++position) {
      if (buffer[i] != pattern_at(position)) {
        ADD_FAILURE() << "byte " << position << " differs";
        co_return position;
      }
    }
  }
  co_return position;
}

std::size_t resident_bytes() {
  std::ifstream in("/proc/self/statm");
  std::size_t total = 0;
  std::size_t resident = 0;
  in >> total >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace sisu::ssh::test
