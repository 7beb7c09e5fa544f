#include "common/net/task_group.hpp"

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <gtest/gtest.h>

namespace sisu::net {
namespace {

using namespace std::chrono_literals;

asio::awaitable<void> sleep_for(std::chrono::steady_clock::duration pause, int& ended) {
  asio::steady_timer timer(co_await asio::this_coro::executor, pause);
  try {
    co_await timer.async_wait(asio::use_awaitable);
  } catch (const std::system_error&) {
    ++ended;
    throw;
  }
  ++ended;
}

asio::awaitable<void> stop_and_join(TaskGroup& group, bool stop, bool& joined) {
  if (stop) group.stop();
  co_await group.join();
  joined = true;
}

TEST(TaskGroup, join_waits_for_children) {
  asio::io_context loop;
  TaskGroup group(loop.get_executor());
  int ended = 0;
  bool joined = false;
  group.spawn(sleep_for(1ms, ended));
  group.spawn(sleep_for(2ms, ended));
  asio::co_spawn(loop, stop_and_join(group, false, joined), asio::detached);
  loop.run();
  EXPECT_TRUE(joined);
  EXPECT_EQ(ended, 2);
}

TEST(TaskGroup, stop_cancels_children_and_starts_no_more) {
  asio::io_context loop;
  TaskGroup group(loop.get_executor());
  int ended = 0;
  bool joined = false;
  for (int i = 0; i < 10; ++i) group.spawn(sleep_for(1h, ended));
  asio::co_spawn(loop, stop_and_join(group, true, joined), asio::detached);
  loop.run();
  EXPECT_TRUE(joined);
  EXPECT_EQ(ended, 10);
  group.spawn(sleep_for(0ms, ended));
  EXPECT_EQ(group.size(), 0U);
}

asio::awaitable<void> throw_now() {
  throw std::runtime_error("lost");
  co_return;
}

TEST(TaskGroup, what_a_child_lets_escape_reaches_the_handler) {
  asio::io_context loop;
  TaskGroup group(loop.get_executor());
  int failures = 0;
  group.on_error([&failures](std::exception_ptr) { ++failures; });
  group.spawn(throw_now());
  loop.run();
  EXPECT_EQ(failures, 1);
  EXPECT_EQ(group.size(), 0U);
}

}  // namespace
}  // namespace sisu::net
