#include "client/link/connector.hpp"

#include "common/net/task_group.hpp"

#include <asio/experimental/as_tuple.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

#include <memory>
#include <optional>
#include <system_error>

namespace sisu::client {
namespace {

using asio::experimental::as_tuple;
using asio::ip::tcp;

/// What the attempts share; the last of them to let go frees it.
struct Race {
  Race(const asio::any_io_executor& executor, std::size_t attempts) : settled(executor), running(attempts) {
    settled.expires_at(asio::steady_timer::time_point::max());
  }
  bool over() const { return winner.has_value() || running == 0; }

  asio::steady_timer settled;  // cancelled when somebody has won or all have lost
  std::size_t running;
  std::optional<tcp::socket> winner;
  std::error_code last_error;
};

asio::awaitable<void> attempt(std::shared_ptr<Race> race, tcp::endpoint endpoint, std::chrono::milliseconds start) {
  const auto executor = co_await asio::this_coro::executor;
  asio::steady_timer turn(executor, start);
  tcp::socket socket(executor);
  auto [error] = co_await turn.async_wait(as_tuple(asio::use_awaitable));
  if (!error) {
    const auto [refused] = co_await socket.async_connect(endpoint, as_tuple(asio::use_awaitable));
    error = refused;
  }
  --race->running;
  if (error) {
    race->last_error = error;
  } else if (!race->winner) {
    race->winner = std::move(socket);
  }
  if (race->over()) race->settled.cancel();
}

/// Stops the attempts however the caller leaves.
struct StopAtEnd {
  net::TaskGroup& attempts;
  ~StopAtEnd() { attempts.stop(); }
};

}  // namespace

asio::awaitable<tcp::socket> connect_to(RelayAddress relay, std::chrono::milliseconds between_attempts) {
  const auto executor = co_await asio::this_coro::executor;
  tcp::resolver resolver(executor);
  const auto [error, found] = co_await resolver.async_resolve(
      relay.host, std::to_string(relay.port), tcp::resolver::numeric_service, as_tuple(asio::use_awaitable));
  if (error) throw std::system_error(error, "cannot find " + relay.host);
  const std::size_t count = std::min(found.size(), most_addresses);
  const auto race = std::make_shared<Race>(executor, count);
  net::TaskGroup attempts(executor);
  const StopAtEnd stop_at_end{attempts};
  std::size_t started = 0;
  for (auto entry = found.begin(); started < count; ++entry, ++started) {
    attempts.spawn(attempt(race, entry->endpoint(), between_attempts * static_cast<int>(started)));
  }
  while (!race->over()) co_await race->settled.async_wait(as_tuple(asio::use_awaitable));
  if (!race->winner) throw std::system_error(race->last_error, "cannot connect to " + relay.to_string());
  co_return std::move(*race->winner);
}

}  // namespace sisu::client
