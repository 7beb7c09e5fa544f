#include "relay/limits/memory_budget.hpp"

#include "relay/limits/limits.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace sisu::relay {
namespace {

TEST(MemoryBudget, reservations_are_refused_when_they_do_not_fit_and_given_back) {
  MemoryBudget budget(100);
  auto first = budget.reserve(60);
  ASSERT_TRUE(first);
  EXPECT_FALSE(budget.reserve(41));
  const auto second = budget.reserve(40);
  EXPECT_TRUE(second);
  EXPECT_TRUE(budget.full());
  first.reset();
  EXPECT_EQ(budget.held(), 40U);
  EXPECT_FALSE(budget.full());
}

TEST(MemoryBudget, a_reservation_that_was_moved_is_given_back_once) {
  MemoryBudget budget(100);
  {
    MemoryBudget::Reservation kept;
    kept = *budget.reserve(10);
    const MemoryBudget::Reservation moved = std::move(kept);
    EXPECT_EQ(budget.held(), 10U);
  }
  EXPECT_EQ(budget.held(), 0U);
}

TEST(MemoryBudget, senders_who_have_all_connections_leave_memory_for_log_ins) {
  const Limits limits;
  MemoryBudget budget(limits.memory);
  const auto taken = budget.reserve(limits.connections * 2 * limits.pipe_buffer);
  ASSERT_TRUE(taken);
  EXPECT_FALSE(budget.full());
  EXPECT_LE(budget.held(), limits.memory / 8 * 7);
}

TEST(MemoryBudget, over_the_limit_the_session_that_holds_most_must_go_and_the_others_stay) {
  MemoryBudget budget(1000);
  MemoryBudget::Share greedy(budget);
  MemoryBudget::Share modest(budget);
  MemoryBudget::Share idle(budget);
  EXPECT_TRUE(greedy.set(900));
  EXPECT_TRUE(modest.set(50));
  EXPECT_TRUE(modest.set(101));  // over the limit now, but far below the average
  EXPECT_TRUE(budget.full());
  EXPECT_TRUE(greedy.set(900));  // it holds no more than before
  EXPECT_FALSE(greedy.set(901));
  EXPECT_FALSE(budget.reserve(1));
}

TEST(MemoryBudget, one_session_alone_has_the_whole_budget) {
  MemoryBudget budget(1000);
  MemoryBudget::Share share(budget);
  EXPECT_TRUE(share.set(1000));
  EXPECT_FALSE(share.set(1001));
  EXPECT_TRUE(share.set(999));
}

TEST(MemoryBudget, a_session_that_ends_gives_all_of_it_back) {
  MemoryBudget budget(1000);
  {
    MemoryBudget::Share share(budget);
    share.set(700);
    EXPECT_EQ(budget.held(), 700U);
  }
  EXPECT_EQ(budget.held(), 0U);
}

TEST(MemoryBudget, reservations_and_shares_may_outlive_it) {
  std::optional<MemoryBudget::Reservation> reservation;
  std::optional<MemoryBudget::Share> share;
  {
    MemoryBudget budget(100);
    reservation = budget.reserve(1);
    share.emplace(budget);
  }
  EXPECT_TRUE(share->set(5));
}

TEST(MemoryBudget, shares_of_several_threads_add_up) {
  MemoryBudget budget(1'000'000);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&budget] {
      MemoryBudget::Share share(budget);
      for (std::uint64_t i = 0; i < 10'000; ++i) share.set(i % 100);
      for (int i = 0; i < 1000; ++i) EXPECT_TRUE(budget.reserve(7));
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(budget.held(), 0U);
}

}  // namespace
}  // namespace sisu::relay
