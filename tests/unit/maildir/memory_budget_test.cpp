#include "client/maildir/memory_budget.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace sisu::client {
namespace {

TEST(MemoryBudget, gives_all_that_is_asked_or_nothing) {
  MemoryBudget budget(100);
  EXPECT_TRUE(budget.take(60));
  EXPECT_FALSE(budget.take(41));
  EXPECT_TRUE(budget.take(40));
  EXPECT_FALSE(budget.take(1));
  budget.give_back(100);
  EXPECT_EQ(budget.available(), 100U);
}

TEST(MemoryBudget, threads_never_take_more_than_there_is) {
  MemoryBudget budget(1000);
  std::atomic<int> taken = 0;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 500; ++n) taken += budget.take(1) ? 1 : 0;
    });
  }
  threads.clear();
  EXPECT_EQ(taken, 1000);
}

TEST(MessageBuffer, takes_what_fits_and_says_how_much) {
  MemoryBudget budget(1000);
  MessageBuffer buffer(budget, 10, 100);
  EXPECT_EQ(buffer.append(std::string(70, 'a')), 70U);
  EXPECT_EQ(buffer.append(std::string(70, 'b')), 30U);
  EXPECT_EQ(buffer.append("c"), 0U);
  EXPECT_EQ(buffer.bytes(), std::string(70, 'a') + std::string(30, 'b'));
  buffer.clear();
  EXPECT_EQ(buffer.append("c"), 1U);
}

TEST(MessageBuffer, a_small_message_takes_nothing_from_the_budget) {
  MemoryBudget budget(1000);
  MessageBuffer buffer(budget, 10, 100);
  EXPECT_EQ(buffer.append("0123456789"), 10U);
  EXPECT_EQ(budget.available(), 1000U);
  EXPECT_EQ(buffer.append("x"), 1U);
  EXPECT_EQ(budget.available(), 970U);
}

TEST(MessageBuffer, without_budget_it_goes_on_with_the_least) {
  MemoryBudget budget(29);
  MessageBuffer buffer(budget, 10, 100);
  EXPECT_EQ(buffer.append(std::string(100, 'a')), 10U);
  buffer.clear();
  EXPECT_EQ(buffer.append(std::string(100, 'a')), 10U);
}

TEST(MessageBuffer, what_it_took_comes_back) {
  MemoryBudget budget(1000);
  { EXPECT_EQ(MessageBuffer(budget, 10, 100).append(std::string(200, 'a')), 100U); }
  EXPECT_EQ(budget.available(), 1000U);
}

}  // namespace
}  // namespace sisu::client
