#include "relay/gateway/presence_table.hpp"

#include <gtest/gtest.h>

namespace sisu::relay::gateway {
namespace {

using proto::ForwardKind;

const Account niklas{"niklas", {Endpoint::parse("127.0.0.1:0").value()}};

class PresenceTableTest : public testing::Test {
 protected:
  PresenceTable::Claim claim(int* told = nullptr) {
    const auto replaced = [told] {
      if (told) ++*told;
    };
    return table.claim(niklas, ForwardKind::smtp_delivery, replaced).value();
  }

  int opened = 0;
  bool refuse = false;
  PresenceTable table{[this](const Account& account) -> Result<PresenceTable::Sockets, std::string> {
    if (refuse) return fail(std::string("no"));
    ++opened;
    return tier1::ListeningSockets::open(account.addresses, 1, log::Logger());
  }};
};

TEST_F(PresenceTableTest, a_user_is_absent_until_a_session_claims_and_after_it_leaves) {
  EXPECT_FALSE(table.status("niklas"));
  const auto held = claim();
  EXPECT_FALSE(held.took_over);
  EXPECT_EQ(table.status("niklas").value().kind, ForwardKind::smtp_delivery);
  EXPECT_FALSE(table.status("otto"));
  table.leave("niklas", held.ticket);
  EXPECT_FALSE(table.status("niklas"));
}

TEST_F(PresenceTableTest, the_newest_session_gets_the_same_open_sockets_and_the_old_one_is_told_once) {
  int told = 0;
  const auto old = claim(&told);
  const auto newer = claim();
  EXPECT_TRUE(newer.took_over);
  EXPECT_EQ(newer.sockets, old.sockets);
  EXPECT_EQ(opened, 1);
  EXPECT_EQ(told, 1);
  claim();
  EXPECT_EQ(told, 1);
}

TEST_F(PresenceTableTest, what_a_replaced_session_says_does_not_count) {
  const auto old = claim();
  const auto newer = claim();
  table.suspend("niklas", old.ticket);
  table.leave("niklas", old.ticket);
  ASSERT_TRUE(table.status("niklas"));
  EXPECT_FALSE(table.status("niklas")->suspended);
  EXPECT_EQ(table.resume(niklas, old.ticket).value(), nullptr);
  EXPECT_NE(table.resume(niklas, newer.ticket).value(), nullptr);
}

TEST_F(PresenceTableTest, a_suspended_presence_lets_go_of_its_sockets_and_gets_new_ones) {
  auto held = claim();
  const std::weak_ptr<tier1::ListeningSockets> first = held.sockets;
  held.sockets.reset();
  EXPECT_FALSE(first.expired());
  table.suspend("niklas", held.ticket);
  EXPECT_TRUE(first.expired());
  EXPECT_TRUE(table.status("niklas").value().suspended);
  EXPECT_NE(table.resume(niklas, held.ticket).value(), nullptr);
  EXPECT_EQ(opened, 2);
  EXPECT_FALSE(table.status("niklas").value().suspended);
}

TEST_F(PresenceTableTest, a_newer_session_takes_a_suspended_presence_over) {
  int told = 0;
  const auto old = claim(&told);
  table.suspend("niklas", old.ticket);
  const auto newer = claim();
  EXPECT_EQ(told, 1);
  EXPECT_EQ(opened, 2);
  EXPECT_NE(newer.sockets, nullptr);
}

TEST_F(PresenceTableTest, sockets_that_cannot_be_opened_leave_the_holder_as_it_is) {
  refuse = true;
  EXPECT_EQ(table.claim(niklas, ForwardKind::smtp_raw, [] {}).error(), "no");
  EXPECT_FALSE(table.status("niklas"));
  refuse = false;
  int told = 0;
  const auto held = claim(&told);
  table.suspend("niklas", held.ticket);
  refuse = true;
  EXPECT_FALSE(table.claim(niklas, ForwardKind::smtp_raw, [] {}));
  EXPECT_EQ(told, 0);
  EXPECT_FALSE(table.resume(niklas, held.ticket));
  EXPECT_TRUE(table.status("niklas").value().suspended);
}

TEST_F(PresenceTableTest, the_present_and_the_suspended_are_counted) {
  EXPECT_EQ(table.counts().present, 0U);
  const auto held = claim();
  EXPECT_EQ(table.counts().present, 1U);
  table.suspend("niklas", held.ticket);
  EXPECT_EQ(table.counts().present, 0U);
  EXPECT_EQ(table.counts().suspended, 1U);
  table.leave("niklas", held.ticket);
  EXPECT_EQ(table.counts().suspended, 0U);
}

}  // namespace
}  // namespace sisu::relay::gateway
