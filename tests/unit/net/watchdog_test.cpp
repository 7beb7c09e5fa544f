#include "common/net/watchdog.hpp"

#include <asio/io_context.hpp>
#include <gtest/gtest.h>

namespace sisu::net {
namespace {

using namespace std::chrono_literals;

TEST(Watchdog, bites_once_when_not_fed) {
  asio::io_context loop;
  int bites = 0;
  Watchdog watchdog(loop.get_executor(), [&bites] { ++bites; });
  watchdog.arm(1ms);
  loop.run();
  EXPECT_EQ(bites, 1);
  EXPECT_TRUE(watchdog.bitten());
  watchdog.arm(0ms);
  loop.restart();
  loop.run();
  EXPECT_EQ(bites, 1);
}

TEST(Watchdog, a_shorter_deadline_replaces_a_longer_one) {
  asio::io_context loop;
  int bites = 0;
  Watchdog watchdog(loop.get_executor(), [&bites] { ++bites; });
  watchdog.arm(1h);
  watchdog.arm(1ms);
  loop.run();
  EXPECT_EQ(bites, 1);
}

TEST(Watchdog, disarmed_or_destroyed_it_does_not_bite) {
  asio::io_context loop;
  int bites = 0;
  {
    Watchdog gone(loop.get_executor(), [&bites] { ++bites; });
    gone.arm(1h);
  }
  Watchdog disarmed(loop.get_executor(), [&bites] { ++bites; });
  disarmed.arm(1ms);
  disarmed.disarm();
  loop.run();
  EXPECT_EQ(bites, 0);
  EXPECT_FALSE(disarmed.bitten());
}

}  // namespace
}  // namespace sisu::net
