#include "common/net/worker_pool.hpp"

#include "common/net/task_group.hpp"

#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>

namespace sisu::net {
namespace {

TEST(WorkerPool, one_that_ends_at_once_does_not_hang) {
  for (int i = 0; i < 50; ++i) WorkerPool pool(4, "test");
}

asio::awaitable<void> run_on(WorkerPool& pool, std::thread::id& worker, std::thread::id& after) {
  const auto here = [] { return std::this_thread::get_id(); };
  worker = co_await pool.run(here);
  after = std::this_thread::get_id();
}

TEST(WorkerPool, work_runs_on_a_worker_and_its_caller_goes_on_where_it_was) {
  WorkerPool pool(1, "test");
  asio::io_context loop;
  std::thread::id worker, after;
  asio::co_spawn(loop, run_on(pool, worker, after), asio::detached);
  loop.run();
  EXPECT_NE(worker, std::this_thread::get_id());
  EXPECT_EQ(after, std::this_thread::get_id());
}

TEST(WorkerPool, join_runs_what_was_given_before_and_nothing_after) {
  WorkerPool pool(2, "test");
  std::atomic<int> done = 0;
  for (int i = 0; i < 100; ++i) asio::post(pool.executor(), [&] { ++done; });
  pool.join();
  EXPECT_EQ(done, 100);
  asio::post(pool.executor(), [&] { ++done; });
  EXPECT_EQ(done, 100);
}

int refuse() { throw std::runtime_error("no"); }

asio::awaitable<void> expect_throw(WorkerPool& pool, bool& thrown) {
  try {
    co_await pool.run(refuse);
  } catch (const std::runtime_error&) {
    thrown = true;
  }
}

TEST(WorkerPool, what_work_throws_reaches_the_caller) {
  WorkerPool pool(1, "test");
  asio::io_context loop;
  bool thrown = false;
  asio::co_spawn(loop, expect_throw(pool, thrown), asio::detached);
  loop.run();
  EXPECT_TRUE(thrown);
}

struct Cancelled {
  std::promise<void> begun, may_end;
  int result = 0;
  bool went_on = false;
};

asio::awaitable<void> work_and_wait(WorkerPool& pool, Cancelled& seen) {
  auto work = [&seen] {
    seen.begun.set_value();
    seen.may_end.get_future().wait();
    return 7;
  };
  seen.result = co_await pool.run(std::move(work));
  asio::steady_timer timer(co_await asio::this_coro::executor);
  co_await timer.async_wait(asio::use_awaitable);
  seen.went_on = true;
}

TEST(WorkerPool, cancellation_waits_for_work_and_ends_the_caller_behind_it) {
  for (int i = 0; i < 20; ++i) {
    asio::io_context loop;
    WorkerPool pool(1, "test");
    Cancelled seen;
    TaskGroup group(loop.get_executor());
    group.spawn(work_and_wait(pool, seen));
    loop.poll();
    seen.begun.get_future().wait();
    group.stop();
    loop.restart();
    loop.poll();  // the signal is emitted
    EXPECT_EQ(group.size(), 1U);
    seen.may_end.set_value();
    loop.run();
    EXPECT_EQ(seen.result, 7);
    EXPECT_FALSE(seen.went_on);
  }
}

}  // namespace
}  // namespace sisu::net
