#include "common/net/deadline.hpp"

#include <asio/io_context.hpp>
#include <gtest/gtest.h>

namespace sisu::net {
namespace {

using namespace std::chrono_literals;

asio::awaitable<int> answer_after(std::chrono::milliseconds pause) {
  asio::steady_timer timer(co_await asio::this_coro::executor, pause);
  co_await timer.async_wait(asio::use_awaitable);
  co_return 42;
}

asio::awaitable<void> fail_at_once() {
  throw std::system_error(asio::error::connection_refused);
  co_return;
}

template <class T>
struct Outcome {
  std::optional<T> value;
  std::error_code error;
};

asio::awaitable<void> record(asio::awaitable<int> body, std::chrono::milliseconds limit, Outcome<int>& outcome) {
  try {
    outcome.value = co_await with_deadline(std::move(body), limit);
  } catch (const std::system_error& error) {
    outcome.error = error.code();
  }
}

Outcome<int> run(asio::awaitable<int> body, std::chrono::milliseconds limit) {
  asio::io_context loop;
  Outcome<int> outcome;
  asio::co_spawn(loop, record(std::move(body), limit, outcome), asio::detached);
  loop.run();
  return outcome;
}

TEST(Deadline, a_body_that_is_in_time_gives_its_value) { EXPECT_EQ(run(answer_after(0ms), 60s).value, 42); }

TEST(Deadline, a_body_that_is_late_is_cancelled) {
  const auto outcome = run(answer_after(1h), 1ms);
  EXPECT_FALSE(outcome.value);
  EXPECT_EQ(outcome.error, asio::error::timed_out);
}

asio::awaitable<int> failing_body() {
  co_await fail_at_once();
  co_return 0;
}

TEST(Deadline, what_the_body_throws_is_not_mistaken_for_the_timer) {
  EXPECT_EQ(run(failing_body(), 60s).error, asio::error::connection_refused);
}

}  // namespace
}  // namespace sisu::net
