#include "common/net/batched_work.hpp"

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <gtest/gtest.h>

#include <latch>
#include <stdexcept>
#include <thread>

namespace sisu::net {
namespace {

using Numbers = std::vector<int>;
using Doubling = BatchedWork<int, int>;

Numbers doubled(const Numbers& batch) {
  Numbers results;
  for (const int number : batch) results.push_back(2 * number);
  return results;
}

asio::awaitable<void> ask(Doubling& work, int number, int& answer) { answer = co_await work.run(number); }

asio::awaitable<void> expect_throw(Doubling& work, int number, int& thrown) {
  try {
    co_await work.run(number);
  } catch (const std::runtime_error&) {
    ++thrown;
  }
}

/// What the batches were, when `count` callers come while a first one is worked on.
std::vector<Numbers> batches_of(BatchLimits limits, int count) {
  std::vector<Numbers> batches;
  std::latch first_began(1), all_here(1);
  WorkerPool pool(2, "test");
  Doubling work(pool, limits, [&](Numbers& batch) {
    if (batches.empty()) {
      first_began.count_down();
      all_here.wait();
    }
    batches.push_back(batch);
    return doubled(batch);
  });
  Numbers answers(static_cast<std::size_t>(count) + 1);
  asio::io_context loop;
  asio::co_spawn(loop, ask(work, 0, answers[0]), asio::detached);
  loop.poll();
  first_began.wait();
  for (int i = 1; i <= count; ++i)
    asio::co_spawn(loop, ask(work, i, answers[static_cast<std::size_t>(i)]), asio::detached);
  loop.poll();
  all_here.count_down();
  loop.run();
  for (int i = 0; i <= count; ++i) EXPECT_EQ(answers[static_cast<std::size_t>(i)], 2 * i);
  return batches;
}

TEST(BatchedWork, everybody_gets_the_answer_to_what_he_asked) { batches_of({.at_once = 1, .items = 16}, 0); }

TEST(BatchedWork, who_comes_while_it_works_is_served_together_with_the_others) {
  const auto batches = batches_of({.at_once = 1, .items = 16}, 9);
  EXPECT_EQ(batches, (std::vector<Numbers>{{0}, {1, 2, 3, 4, 5, 6, 7, 8, 9}}));
}

TEST(BatchedWork, no_batch_is_larger_than_its_limit) {
  const auto batches = batches_of({.at_once = 1, .items = 4}, 10);
  EXPECT_EQ(batches, (std::vector<Numbers>{{0}, {1, 2, 3, 4}, {5, 6, 7, 8}, {9, 10}}));
}

TEST(BatchedWork, what_the_work_throws_reaches_everybody_in_the_batch_and_nobody_later) {
  WorkerPool pool(2, "test");
  bool broken = true;
  Doubling work(pool, {.at_once = 1, .items = 16}, [&](Numbers& batch) {
    if (broken) throw std::runtime_error("no");
    return doubled(batch);
  });
  int thrown = 0;
  asio::io_context loop;
  for (int i = 0; i < 5; ++i) asio::co_spawn(loop, expect_throw(work, i, thrown), asio::detached);
  loop.run();
  EXPECT_EQ(thrown, 5);
  broken = false;
  int answer = 0;
  loop.restart();
  asio::co_spawn(loop, ask(work, 21, answer), asio::detached);
  loop.run();
  EXPECT_EQ(answer, 42);
}

TEST(BatchedWork, several_batches_at_a_time_serve_many_loops) {
  WorkerPool pool(3, "test");
  Doubling work(pool, {.at_once = 3, .items = 2}, [](Numbers& batch) { return doubled(batch); });
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&] {
      asio::io_context loop;
      Numbers answers(200);
      for (std::size_t i = 0; i < answers.size(); ++i)
        asio::co_spawn(loop, ask(work, static_cast<int>(i), answers[i]), asio::detached);
      loop.run();
      for (std::size_t i = 0; i < answers.size(); ++i) EXPECT_EQ(answers[i], 2 * static_cast<int>(i));
    });
  }
  for (auto& thread : threads) thread.join();
}

// A pool that ends drops what it has not begun: nobody is resumed, and nothing leaks (AddressSanitizer looks).
TEST(BatchedWork, a_pool_that_has_ended_leaves_its_callers_unanswered) {
  asio::io_context loop;
  int answer = 0;
  auto pool = std::make_unique<WorkerPool>(1, "test");
  Doubling work(*pool, {.at_once = 1, .items = 16}, [](Numbers& batch) { return doubled(batch); });
  pool->join();
  asio::co_spawn(loop, ask(work, 21, answer), asio::detached);
  loop.poll();
  pool.reset();
  loop.restart();
  loop.run();
  EXPECT_EQ(answer, 0);
}

}  // namespace
}  // namespace sisu::net
