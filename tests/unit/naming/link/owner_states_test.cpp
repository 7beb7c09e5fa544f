#include "relay/naming/link/owner_states.hpp"

#include <gtest/gtest.h>

namespace sisu::relay::naming {
namespace {

using namespace std::chrono_literals;
using proto::naming::State;

OwnerStates::Clock::time_point now;
OwnerStates::Clock::time_point manual() { return now; }

class OwnerStatesTest : public testing::Test {
 protected:
  OwnerStatesTest() { now = OwnerStates::Clock::time_point(1h); }
  static State live(const std::string& digest, std::chrono::seconds live_for) {
    return {
        .owner = "niklas", .digest = digest, .live = true, .live_for = live_for, .tlsa = {{"aa", 5s}}, .problem = {}};
  }
  OwnerStates states_{&manual};
};

TEST_F(OwnerStatesTest, nothing_is_live_before_it_was_said) {
  EXPECT_FALSE(states_.of("niklas").live);
  states_.declare("niklas", "d1");
  EXPECT_FALSE(states_.of("niklas").live);
  EXPECT_EQ(states_.of("niklas").digest, "");
  EXPECT_EQ(states_.counts().pending, 1U);
}

TEST_F(OwnerStatesTest, what_is_live_grows_older_while_the_connection_stands) {
  states_.declare("niklas", "d1");
  states_.reported(live("d1", 10s));
  now += 2500ms;
  EXPECT_EQ(states_.of("niklas").live_for, 12s);
  EXPECT_EQ(states_.of("niklas").live_tlsa.at("aa"), 7s);
}

TEST_F(OwnerStatesTest, time_without_a_connection_does_not_count) {
  states_.declare("niklas", "d1");
  states_.reported(live("d1", 10s));
  now += 3s;
  states_.connection_lost();
  now += 1000s;
  states_.connection_lost();
  EXPECT_TRUE(states_.of("niklas").live);
  EXPECT_EQ(states_.of("niklas").live_for, 13s);
  EXPECT_EQ(states_.of("niklas").live_tlsa.at("aa"), 8s);
}

TEST_F(OwnerStatesTest, after_an_outage_time_counts_from_when_it_was_said_again) {
  states_.declare("niklas", "d1");
  states_.reported(live("d1", 10s));
  states_.connection_lost();
  now += 100s;
  states_.declare("niklas", "d1");  // connected again; nothing was said of it yet
  now += 100s;
  EXPECT_EQ(states_.of("niklas").live_for, 10s);
  states_.reported(live("d1", 1s));
  now += 1s;
  EXPECT_EQ(states_.of("niklas").live_for, 2s);
}

TEST_F(OwnerStatesTest, a_set_that_was_declared_since_is_pending) {
  states_.declare("niklas", "d1");
  states_.reported(live("d1", 0s));
  EXPECT_EQ(states_.counts().live, 1U);
  states_.declare("niklas", "d2");
  EXPECT_EQ(states_.counts().live, 0U);
  EXPECT_EQ(states_.counts().pending, 1U);
  EXPECT_EQ(states_.of("niklas").digest, "d1");
}

/// A challenge that is cleaned up and presented again: what was said of the first time is of the past.
TEST_F(OwnerStatesTest, a_set_that_is_declared_again_is_pending_until_it_is_said_to_be_live_again) {
  states_.declare("niklas", "d1");
  states_.reported(live("d1", 0s));
  states_.declare("niklas", "d2");
  states_.declare("niklas", "d1");
  EXPECT_FALSE(states_.of("niklas").live);
  EXPECT_EQ(states_.counts().live, 0U);
  states_.reported(live("d1", 0s));
  EXPECT_TRUE(states_.of("niklas").live);
}

TEST_F(OwnerStatesTest, what_the_other_side_says_stands_in_one_short_line) {
  states_.declare("niklas", "d1");
  State state = live("d1", 0s);
  state.problem = "a\nb\x1B\xC3\xA4" + std::string(5000, 'x');
  states_.reported(state);
  const std::string problem = states_.of("niklas").problem;
  EXPECT_TRUE(problem.starts_with("a?b???x")) << problem;
  EXPECT_LE(problem.size(), 300U);
}

TEST_F(OwnerStatesTest, followers_are_told_of_their_owner_alone_until_they_end) {
  int niklas = 0;
  int otto = 0;
  auto following = states_.follow("niklas", [&] { ++niklas; });
  const auto other = states_.follow("otto", [&] { ++otto; });
  states_.declare("niklas", "d1");
  states_.reported(live("d1", 0s));
  EXPECT_EQ(niklas, 2);
  EXPECT_EQ(otto, 0);
  states_.connection_lost();
  EXPECT_EQ(niklas, 3);
  EXPECT_EQ(otto, 1);
  following.reset();
  states_.reported(live("d1", 0s));
  EXPECT_EQ(niklas, 3);
}

TEST_F(OwnerStatesTest, a_forgotten_owner_is_not_there) {
  states_.declare("niklas", "d1");
  states_.reported(live("d1", 0s));
  states_.forget("niklas");
  EXPECT_FALSE(states_.of("niklas").live);
  states_.reported(live("d1", 0s));
  EXPECT_EQ(states_.counts().live, 0U);
}

}  // namespace
}  // namespace sisu::relay::naming
