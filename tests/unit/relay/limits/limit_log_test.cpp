#include "relay/limits/limit_log.hpp"

#include <gtest/gtest.h>

namespace sisu::relay {
namespace {

using namespace std::chrono_literals;

LimitLog::Clock::time_point current{1h};
LimitLog::Clock::time_point manual_now() { return current; }

std::string lines_of(auto&& action) {
  testing::internal::CaptureStderr();
  action();
  return testing::internal::GetCapturedStderr();
}

std::size_t count_lines(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

TEST(LimitLog, a_burst_gives_one_line_and_every_bite_counts) {
  metrics::Registry registry;
  const std::string text = lines_of([&] {
    LimitLog limit_log(log::Logger(log::Options{}), registry, &manual_now);
    for (int i = 0; i < 1000; ++i) limit_log.bite(LimitName::unauthenticated, {{"source", "192.0.2.0"}});
    EXPECT_EQ(limit_log.count(LimitName::unauthenticated), 1000);
  });
  EXPECT_EQ(count_lines(text), 1U);
  EXPECT_NE(text.find("limit=unauthenticated"), std::string::npos);
  EXPECT_NE(text.find("source=192.0.2.0"), std::string::npos);
  EXPECT_NE(registry.to_text().find("sisumail_relay_limit_reached_total{limit=\"unauthenticated\"} 1000"),
            std::string::npos);
}

TEST(LimitLog, the_next_burst_says_how_many_lines_were_not_written) {
  metrics::Registry registry;
  const std::string text = lines_of([&] {
    LimitLog limit_log(log::Logger(log::Options{}), registry, &manual_now);
    for (int i = 0; i < 5; ++i) limit_log.bite(LimitName::idle);
    current += LimitLog::burst;
    limit_log.bite(LimitName::idle);
  });
  EXPECT_EQ(count_lines(text), 2U);
  EXPECT_NE(text.find("suppressed=4"), std::string::npos);
}

TEST(LimitLog, limits_have_bursts_of_their_own) {
  metrics::Registry registry;
  const std::string text = lines_of([&] {
    LimitLog limit_log(log::Logger(log::Options{}), registry, &manual_now);
    limit_log.bite(LimitName::idle);
    limit_log.bite(LimitName::progress);
  });
  EXPECT_EQ(count_lines(text), 2U);
}

}  // namespace
}  // namespace sisu::relay
