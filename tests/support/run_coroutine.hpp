// Runs coroutines of a test on a loop of their own until all of them have ended.
#pragma once

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>

#include <chrono>
#include <vector>

namespace sisu::test {

/// What escapes a coroutine is thrown here. After `limit` the test fails with std::runtime_error("test timed out"): a
/// hang must not take the whole run with it.
void run(asio::io_context& loop, std::vector<asio::awaitable<void>> coroutines,
         std::chrono::seconds limit = std::chrono::seconds(30));

template <class... Coroutine>
void run_all(asio::io_context& loop, Coroutine... coroutines) {
  std::vector<asio::awaitable<void>> all;
  (all.push_back(std::move(coroutines)), ...);
  run(loop, std::move(all));
}

}  // namespace sisu::test
