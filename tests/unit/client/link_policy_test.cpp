#include "client/link/link_policy.hpp"

#include <gtest/gtest.h>

namespace sisu::client {
namespace {

using namespace std::chrono_literals;
using Kind = NextStep::Kind;

std::uint64_t greatest(std::uint64_t bound) { return bound - 1; }

LinkPolicy make_policy() { return LinkPolicy({}, &greatest); }

TEST(LinkPolicy, an_unreachable_relay_is_tried_again_ever_more_slowly) {
  LinkPolicy policy = make_policy();
  for (const auto wait : {1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s}) {
    EXPECT_EQ(policy.ended(LinkEnd::unreachable, 0ms), (NextStep{Kind::retry, wait}));
  }
}

TEST(LinkPolicy, after_a_session_that_held_the_first_wait_is_short) {
  LinkPolicy policy = make_policy();
  for (int i = 0; i < 10; ++i) policy.ended(LinkEnd::unreachable, 0ms);
  EXPECT_EQ(policy.ended(LinkEnd::lost, 1h), (NextStep{Kind::retry, 1s}));
}

TEST(LinkPolicy, a_relay_that_drops_each_session_at_once_is_not_hammered) {
  LinkPolicy policy = make_policy();
  for (int i = 0; i < 10; ++i) policy.ended(LinkEnd::lost, 10ms);
  EXPECT_EQ(policy.ended(LinkEnd::lost, 10ms), (NextStep{Kind::retry, 60s}));
}

TEST(LinkPolicy, a_change_of_the_network_makes_the_next_wait_short) {
  LinkPolicy policy = make_policy();
  for (int i = 0; i < 10; ++i) policy.ended(LinkEnd::unreachable, 0ms);
  policy.network_changed();
  EXPECT_EQ(policy.ended(LinkEnd::unreachable, 0ms), (NextStep{Kind::retry, 1s}));
}

TEST(LinkPolicy, a_replaced_client_stands_by_for_ten_minutes) {
  LinkPolicy policy = make_policy();
  EXPECT_EQ(policy.ended(LinkEnd::replaced, 1h), (NextStep{Kind::stand_by, 10min}));
}

TEST(LinkPolicy, a_refused_key_ends_the_program_only_in_the_first_attempt) {
  for (const LinkEnd refusal : {LinkEnd::host_key_refused, LinkEnd::key_refused, LinkEnd::claim_refused}) {
    LinkPolicy first = make_policy();
    EXPECT_EQ(first.ended(refusal, 0ms).kind, Kind::give_up);

    LinkPolicy never_online = make_policy();
    never_online.ended(LinkEnd::unreachable, 0ms);
    EXPECT_EQ(never_online.ended(refusal, 0ms).kind, Kind::give_up);

    LinkPolicy later = make_policy();
    later.ended(LinkEnd::lost, 5s);
    EXPECT_EQ(later.ended(refusal, 0ms), (NextStep{Kind::refused, 10min}));
  }
}

}  // namespace
}  // namespace sisu::client
