#include "relay/naming/link/link.hpp"

#include "common/net/deadline.hpp"
#include "common/net/task_group.hpp"
#include "relay/naming/templates/record_digest.hpp"

#include <asio/buffer.hpp>
#include <asio/detached.hpp>
#include <asio/post.hpp>
#include <asio/read_until.hpp>
#include <asio/redirect_error.hpp>
#include <asio/write.hpp>

#include <algorithm>
#include <stdexcept>

namespace sisu::relay::naming {
namespace {

namespace messages = proto::naming;
using Clock = std::chrono::steady_clock;

/// Lines that are made before they are written: what 20,000 users' records take is never in memory at once.
constexpr std::size_t owners_at_once = 64;

/// Between two log lines about what the other side did not like.
constexpr auto problem_interval = std::chrono::minutes(1);

/// With its line feed.
std::string whole_line(const messages::Request& request) { return messages::to_line(request) + "\n"; }

messages::Set to_set(const std::string& owner, const RecordSet& records) {
  messages::Set set{.owner = owner, .digest = digest_of(records), .records = {}};
  for (const Record& record : records) {
    set.records.push_back({.name = record.name.to_string(),
                           .type = std::string(to_string(record.type)),
                           .ttl = record.ttl.count(),
                           .value = record.value});
  }
  return set;
}

}  // namespace

struct Link::Connection {
  explicit Connection(const asio::any_io_executor& executor)
      : socket(executor), wake(executor, Clock::time_point::max()) {}

  /// Ends what reads and what writes.
  void close() {
    asio::error_code ignored;
    socket.close(ignored);
    wake.cancel();
  }

  Socket socket;
  asio::steady_timer wake;  // cancelled: there is something to declare
  std::string received;     // of lines that are not complete
  std::string end;          // why it ended, if the reading side knows
};

Link::Link(LinkOptions options, Source source) : options_(std::move(options)), source_(std::move(source)) {
  service_.problem = "not connected yet";
}

void Link::start() {
  worker_ = std::make_unique<net::WorkerPool>(1, "naming");
  asio::co_spawn(worker_->executor(), keep_connected(), asio::detached);
}

void Link::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    connection_.reset();  // changed() must not hold one when the thread is gone
  }
  worker_.reset();
}

void Link::changed(const std::string& owner) {
  const std::lock_guard lock(mutex_);
  changed_.insert(owner);
  if (const auto connection = connection_.lock()) {
    asio::post(connection->wake.get_executor(), [weak = connection_] {
      if (const auto to_wake = weak.lock()) to_wake->wake.cancel();
    });
  }
}

Link::Service Link::service() const {
  const std::lock_guard lock(mutex_);
  return service_;
}

asio::awaitable<void> Link::keep_connected() {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  auto retry = options_.first_retry;
  for (;;) {
    const auto began = Clock::now();
    std::string reason;
    try {
      co_await serve_connection();
    } catch (const std::exception& error) {
      reason = error.what();
    }
    lost(reason);
    // One that ends as soon as it has been told everything is not to be told everything four times a second.
    if (Clock::now() - began > options_.longest_retry) retry = options_.first_retry;
    timer.expires_after(retry);
    retry = std::min(retry * 2, options_.longest_retry);
    co_await timer.async_wait(asio::use_awaitable);
  }
}

/// Throws when the connection ends, whichever side ends it.
asio::awaitable<void> Link::serve_connection() {
  const auto executor = co_await asio::this_coro::executor;
  const auto connection = std::make_shared<Connection>(executor);
  const asio::local::stream_protocol::endpoint address(options_.socket.string());
  co_await connection->socket.async_connect(address, asio::use_awaitable);
  co_await net::with_deadline(greet(connection), options_.patience);
  {
    const std::lock_guard lock(mutex_);
    if (!stopped_) connection_ = connection;
    for (std::string& owner : source_.owners()) changed_.insert(std::move(owner));
  }
  net::TaskGroup reading(executor);
  reading.spawn(listen(connection));
  std::string reason;
  try {
    co_await declare_all(connection);
  } catch (const std::exception& error) {
    reason = error.what();
  }
  connection->close();
  co_await reading.join();
  throw std::runtime_error(connection->end.empty() ? reason : connection->end);
}

asio::awaitable<void> Link::greet(std::shared_ptr<Connection> connection) {
  std::string hello = whole_line(messages::Hello{.zone = options_.zone});
  co_await write(connection, std::move(hello));
  const std::string line = co_await read_line(connection);
  const auto answer = messages::parse_answer(line);
  if (!answer) throw std::runtime_error("its greeting is not understood: " + messages::describe(answer.error()));
  if (const auto* problem = std::get_if<messages::Problem>(&*answer)) throw std::runtime_error(problem->what);
  const auto* service = std::get_if<messages::ServiceHello>(&*answer);
  if (service == nullptr) throw std::runtime_error("it does not greet");
  hear_hello(*service);
  options_.logger.info(
      "connected to sisumail-dns",
      {{"socket", options_.socket.string()}, {"provider", service->provider}, {"signed", service->is_signed}});
  outage_logged_ = false;
}

/// Every owner, then `complete`, then whoever changes, until the connection ends.
asio::awaitable<void> Link::declare_all(std::shared_ptr<Connection> connection) {
  bool completed = false;
  while (connection->socket.is_open()) {
    const std::vector<std::string> owners = take_changed();
    std::string lines;
    for (const std::string& owner : owners) lines += line_of(owner);
    if (lines.empty() && !completed) {
      completed = true;
      lines = whole_line(messages::Complete{});
    }
    if (!lines.empty()) {
      co_await write(connection, std::move(lines));
      continue;
    }
    asio::error_code woken;
    co_await connection->wake.async_wait(asio::redirect_error(asio::use_awaitable, woken));
  }
}

/// Some of those who have to be declared. Whoever changes after this is told again.
std::vector<std::string> Link::take_changed() {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> owners;
  while (!changed_.empty() && owners.size() < owners_at_once) {
    owners.push_back(std::move(changed_.extract(changed_.begin()).value()));
  }
  return owners;
}

std::string Link::line_of(const std::string& owner) {
  const RecordSet records = source_.records(owner);
  const messages::Set set = to_set(owner, records);
  if (records.empty()) {
    states_.forget(owner);
  } else {
    states_.declare(owner, set.digest);
  }
  return whole_line(set);
}

asio::awaitable<void> Link::write(std::shared_ptr<Connection> connection, std::string lines) {
  asio::steady_timer patience(connection->socket.get_executor(), options_.patience);
  patience.async_wait([connection](asio::error_code cancelled) {
    if (cancelled) return;
    connection->end = "it does not read what is written to it";
    connection->close();
  });
  co_await asio::async_write(connection->socket, asio::buffer(lines), asio::use_awaitable);
}

/// Without its line feed.
asio::awaitable<std::string> Link::read_line(std::shared_ptr<Connection> connection) {
  const std::size_t size = co_await asio::async_read_until(
      connection->socket, asio::dynamic_buffer(connection->received, messages::line_limit + 1), '\n',
      asio::use_awaitable);
  std::string line = connection->received.substr(0, size - 1);
  connection->received.erase(0, size);
  co_return line;
}

asio::awaitable<void> Link::listen(std::shared_ptr<Connection> connection) {
  try {
    for (;;) {
      const std::string line = co_await read_line(connection);
      hear(line);
    }
  } catch (const std::exception& error) {
    if (connection->end.empty()) connection->end = error.what();
  }
  connection->close();
}

void Link::hear(const std::string& line) {
  const auto answer = messages::parse_answer(line);
  if (!answer) {
    const std::string what = "a line is not understood: " + messages::describe(answer.error());
    if (answer.error().is_fatal()) throw std::runtime_error(what);
    return log_problem(what);
  }
  if (const auto* state = std::get_if<messages::State>(&*answer)) return states_.reported(*state);
  if (const auto* hello = std::get_if<messages::ServiceHello>(&*answer)) return hear_hello(*hello);
  if (const auto* problem = std::get_if<messages::Problem>(&*answer)) return log_problem(problem->what);
}

void Link::hear_hello(const messages::ServiceHello& hello) {
  if (hello.version != messages::version)
    throw std::runtime_error("it speaks version " + std::to_string(hello.version) + ", this relay 1");
  if (hello.zone != options_.zone)
    throw std::runtime_error("it is for the zone " + hello.zone + ", not " + options_.zone);
  {
    const std::lock_guard lock(mutex_);
    service_ = {.connected = true, .is_signed = hello.is_signed, .problem = {}};
  }
  states_.tell_all();
}

void Link::log_problem(const std::string& what) {
  const auto now = Clock::now();
  if (problem_logged_ != Clock::time_point() && now - problem_logged_ < problem_interval) return;
  problem_logged_ = now;
  options_.logger.warning("sisumail-dns has a problem with us", {{"what", what}});
}

void Link::lost(const std::string& reason) {
  if (!std::exchange(outage_logged_, true)) {
    options_.logger.warning("no connection to sisumail-dns: records wait, users do not",
                            {{"socket", options_.socket.string()}, {"reason", reason}});
  }
  {
    const std::lock_guard lock(mutex_);
    service_.connected = false;
    service_.problem = one_line(reason);
  }
  states_.connection_lost();
}

}  // namespace sisu::relay::naming
