#include "relay/limits/usage.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace sisu::relay {
namespace {

using Names = Counted<std::string>;

TEST(Counted, a_key_is_admitted_up_to_its_cap_and_again_when_a_place_is_free) {
  Names counted(100, 2);
  auto first = counted.admit("a").first;
  auto second = counted.admit("a").first;
  ASSERT_TRUE(first && second);
  const auto [third, full] = counted.admit("a");
  EXPECT_FALSE(third);
  EXPECT_EQ(full, Names::Full::for_this_key);
  EXPECT_TRUE(counted.admit("b").first);
  first.reset();
  EXPECT_TRUE(counted.admit("a").first);
}

TEST(Counted, the_cap_in_all_holds_for_every_key) {
  Names counted(2, 2);
  const auto a = counted.admit("a").first;
  auto b = counted.admit("b").first;
  const auto [c, full] = counted.admit("c");
  EXPECT_FALSE(c);
  EXPECT_EQ(full, Names::Full::in_all);
  b->release();
  EXPECT_TRUE(counted.admit("c").first);
}

TEST(Counted, keys_without_anyone_take_no_memory) {
  Names counted(10, 10);
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(counted.admit(std::to_string(i)).first);
  EXPECT_EQ(counted.keys(), 0U);
  EXPECT_EQ(counted.total(), 0U);
}

TEST(Counted, a_ticket_that_was_moved_is_counted_once) {
  Names counted(10, 10);
  auto ticket = *counted.admit("a").first;
  auto moved = std::move(ticket);
  moved = *counted.admit("b").first;
  EXPECT_EQ(counted.count("a"), 0U);
  EXPECT_EQ(counted.count("b"), 1U);
  moved.release();
  moved.release();
  EXPECT_EQ(counted.total(), 0U);
}

TEST(Counted, a_ticket_may_outlive_its_counter) {
  Names::Ticket ticket;
  {
    Names counted(1, 1);
    ticket = *counted.admit("a").first;
  }
  ticket.release();
}

TEST(Counted, tickets_of_several_threads_add_up) {
  Names counted(1'000'000, 1'000'000);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&counted] {
      for (int i = 0; i < 10'000; ++i) EXPECT_TRUE(counted.admit("a").first);
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(counted.total(), 0U);
}

TEST(Usage, the_limits_are_those_given) {
  Usage usage(Limits{.unauthenticated = 2, .unauthenticated_per_source = 1});
  const auto source = IpAddress::parse("192.0.2.0").value();
  const auto ticket = usage.unauthenticated.admit(source).first;
  EXPECT_TRUE(ticket);
  EXPECT_EQ(usage.unauthenticated.admit(source).second, Counted<IpAddress>::Full::for_this_key);
}

TEST(Usage, each_direction_of_a_user_has_a_rate_of_its_own) {
  Usage usage(Limits{.user_rate = 1000});
  const auto rate = usage.rate_of("a");
  EXPECT_EQ(rate->take(Direction::to_client, 1000).count(), 0);
  EXPECT_GT(rate->take(Direction::to_client, 1000).count(), 0);
  EXPECT_EQ(rate->take(Direction::to_sender, 1000).count(), 0);
  EXPECT_GT(rate->take(Direction::to_sender, 1000).count(), 0);
}

TEST(Usage, sessions_of_one_user_share_a_rate_and_users_do_not) {
  Usage usage(Limits{});
  const auto first = usage.rate_of("a");
  EXPECT_EQ(usage.rate_of("a"), first);
  EXPECT_NE(usage.rate_of("b"), first);
}

}  // namespace
}  // namespace sisu::relay
