#include "relay/host/wildcard_watch.hpp"

#include <gtest/gtest.h>

#include <atomic>

namespace sisu::relay::host {
namespace {

using namespace std::chrono_literals;

ListeningPort listener(const char* address, std::uint64_t inode) { return {Endpoint::parse(address).value(), inode}; }

class WildcardWatchTest : public testing::Test {
 public:
  void watch() {
    watch_ = std::make_unique<WildcardWatch>(std::set<std::uint16_t>{25, 2525}, log::Logger(), registry, 1ms, [this] {
      const std::lock_guard lock(mutex);
      ++looks;
      return found;
    });
  }
  /// What it has made of `now` by the time that it has looked again.
  void becomes(std::vector<ListeningPort> now) {
    {
      const std::lock_guard lock(mutex);
      found = std::move(now);
    }
    const int before = looks;
    while (looks < before + 2) std::this_thread::yield();
  }
  double present() { return registry.gauge("sisumail_relay_wildcard_listeners", "").value(); }
  double seen() { return registry.counter("sisumail_relay_wildcard_listeners_seen_total", "").value(); }

  metrics::Registry registry;
  std::mutex mutex;
  std::vector<ListeningPort> found;
  std::atomic<int> looks = 0;
  std::unique_ptr<WildcardWatch> watch_;
};

TEST_F(WildcardWatchTest, a_listener_is_counted_once_as_long_as_it_stays) {
  watch();
  becomes({});
  EXPECT_EQ(present(), 0);
  becomes({listener("[::]:25", 7)});
  becomes({listener("[::]:25", 7)});
  EXPECT_EQ(present(), 1);
  EXPECT_EQ(seen(), 1);
  becomes({listener("[::]:25", 7), listener("0.0.0.0:2525", 8)});
  EXPECT_EQ(present(), 2);
  becomes({});
  EXPECT_EQ(present(), 0);
  EXPECT_EQ(seen(), 2);
}

TEST_F(WildcardWatchTest, another_socket_at_the_same_place_is_another_listener) {
  watch();
  becomes({listener("[::]:25", 7)});
  becomes({listener("[::]:25", 9)});
  EXPECT_EQ(seen(), 2);
}

TEST_F(WildcardWatchTest, listeners_on_single_addresses_and_other_ports_are_nobodys_business) {
  watch();
  becomes({listener("[2001:db8::1]:25", 1), listener("127.0.0.1:25", 2), listener("[::]:22", 3),
           listener("0.0.0.0:587", 4)});
  EXPECT_EQ(present(), 0);
  EXPECT_EQ(seen(), 0);
}

TEST_F(WildcardWatchTest, it_ends_at_once_however_long_it_would_wait) {
  metrics::Registry other;
  const auto began = std::chrono::steady_clock::now();
  {
    const WildcardWatch watch({25}, log::Logger(), other, 1h, [] { return std::vector<ListeningPort>(); });
  }
  EXPECT_LT(std::chrono::steady_clock::now() - began, 30min);
}

}  // namespace
}  // namespace sisu::relay::host
