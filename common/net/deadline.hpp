// with_deadline(): runs a coroutine and cancels it when its time is up.
// Why not `body || timer` of awaitable_operators: it reports "timer won" also when the body threw (docs/style.md).
#pragma once

#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/error.hpp>
#include <asio/experimental/deferred.hpp>
#include <asio/experimental/parallel_group.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

#include <chrono>
#include <exception>
#include <system_error>
#include <type_traits>

namespace sisu::net {

/// The result of `body`, or what it throws. After `limit` the body is cancelled (terminal cancellation), waited for,
/// and std::system_error(asio::error::timed_out) is thrown. T must be default-constructible.
/// For one wait among many on a hot path, a Watchdog is cheaper.
template <class T>
asio::awaitable<T> with_deadline(asio::awaitable<T> body, std::chrono::steady_clock::duration limit) {
  using asio::experimental::deferred;
  const auto executor = co_await asio::this_coro::executor;
  asio::steady_timer timer(executor, limit);
  auto race = asio::experimental::make_parallel_group(asio::co_spawn(executor, std::move(body), deferred),
                                                      timer.async_wait(deferred));
  constexpr std::size_t timer_won = 1;
  if constexpr (std::is_void_v<T>) {
    const auto [order, failure, timer_error] =
        co_await race.async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
    if (order[0] == timer_won && failure) throw std::system_error(asio::error::timed_out);
    if (failure) std::rethrow_exception(failure);
  } else {
    auto [order, failure, value, timer_error] =
        co_await race.async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
    if (order[0] == timer_won && failure) throw std::system_error(asio::error::timed_out);
    if (failure) std::rethrow_exception(failure);
    co_return std::move(value);
  }
}

}  // namespace sisu::net
