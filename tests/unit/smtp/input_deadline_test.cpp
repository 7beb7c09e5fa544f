#include "common/smtp/input_deadline.hpp"

#include "tests/unit/smtp/engine_subject.hpp"

#include <gtest/gtest.h>

namespace sisu::smtp {
namespace {

using namespace std::chrono_literals;
using TimePoint = InputDeadline::TimePoint;

constexpr TimePoint start{};
constexpr std::string_view begun = "HELO mx.example\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n";

struct Waiting {
  ServerTimeouts timeouts;
  EngineSubject server;
  InputDeadline deadline{timeouts, start};
  std::uint64_t received = 0;

  /// The deadline after `bytes` came at `now`.
  TimePoint after(std::string_view bytes, TimePoint now) {
    received += bytes.size();
    server.say(bytes);
    return deadline.next(server.engine(), received, now);
  }
};

TEST(InputDeadline, each_whole_command_gives_new_time) {
  Waiting waiting;
  EXPECT_EQ(waiting.after("", start), start + 5min);
  EXPECT_EQ(waiting.after("NOOP\r\n", start + 4min), start + 9min);
}

TEST(InputDeadline, octets_of_a_command_that_is_not_complete_give_none) {
  Waiting waiting;
  waiting.after("", start);
  EXPECT_EQ(waiting.after("NO", start + 2min), start + 5min);
  EXPECT_EQ(waiting.after("OP", start + 4min), start + 5min);
}

TEST(InputDeadline, a_first_mail_must_come_in_time_whatever_else_comes) {
  Waiting waiting;
  EXPECT_EQ(waiting.after("NOOP\r\n", start + 8min), start + 10min);
  EXPECT_EQ(waiting.after("HELO mx.example\r\nMAIL FROM:<>\r\n", start + 9min), start + 14min);
  EXPECT_EQ(waiting.after("RSET\r\n", start + 10min), start + 15min);
}

TEST(InputDeadline, a_message_must_grow_by_a_minimum) {
  Waiting waiting;
  EXPECT_EQ(waiting.after(begun, start), start + 5min);
  const std::string almost(waiting.timeouts.data_progress_octets - 1, 'x');
  EXPECT_EQ(waiting.after(almost, start + 1min), start + 5min);
  EXPECT_EQ(waiting.after("x", start + 2min), start + 7min);
  EXPECT_EQ(waiting.after("x", start + 3min), start + 7min);
}

TEST(InputDeadline, a_message_must_end_in_time_however_fast_it_grows) {
  Waiting waiting;
  waiting.after(begun, start);
  const std::string much(1'000'000, 'x');
  EXPECT_EQ(waiting.after(much, start + 1h), start + 1h + 5min);
  EXPECT_EQ(waiting.after(much, start + 1h + 58min), start + 2h);
  EXPECT_EQ(waiting.after("\r\n.\r\n", start + 1h + 59min), start + 1h + 59min + 5min);
}

TEST(InputDeadline, chunks_together_must_end_in_time) {
  Waiting waiting;
  waiting.after("HELO mx.example\r\nMAIL FROM:<>\r\nRCPT TO:<c@d.example>\r\nBDAT 4\r\nab", start);
  EXPECT_EQ(waiting.after("cdBDAT 4\r\nefgh", start + 1h + 58min), start + 2h);
}

}  // namespace
}  // namespace sisu::smtp
