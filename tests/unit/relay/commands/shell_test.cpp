#include "relay/commands/shell.hpp"

#include "tests/support/memory_stream.hpp"
#include "tests/support/run_coroutine.hpp"
#include "tests/unit/relay/commands/fake_caller.hpp"

#include <gtest/gtest.h>

#include <array>

namespace sisu::relay::commands {
namespace {

using namespace std::chrono_literals;

class ShellTest : public testing::Test {
 public:
  asio::awaitable<void> serve(Terminal terminal) {
    end = co_await run_shell(caller, *streams.right, terminal);
    co_await streams.right->finish();
  }
  /// Types, finishes or not, and reads until the shell has ended.
  asio::awaitable<void> type(std::string keys, bool finish) {
    co_await streams.left->write(keys);
    if (finish) co_await streams.left->finish();
    std::array<char, 1000> buffer{};
    try {
      for (std::size_t count = 1; count > 0;) {
        count = co_await streams.left->read_some(buffer);
        seen.append(buffer.data(), count);
      }
    } catch (const std::system_error&) {
      closed = true;
    }
  }
  bool saw(std::string_view text) const { return seen.find(text) != std::string::npos; }

  asio::io_context loop{1};
  FakeCaller caller{loop.get_executor()};
  test::MemoryStreams streams = test::make_memory_streams(loop.get_executor(), {.capacity = 1 << 20});
  ShellEnd end = ShellEnd::idle;
  std::string seen;
  bool closed = false;
};

TEST_F(ShellTest, it_greets_lists_the_commands_and_runs_them) {
  test::run_all(loop, serve(Terminal::pty), type("whoami --json\rexit\r", false));
  EXPECT_EQ(end, ShellEnd::left);
  EXPECT_TRUE(saw("You are niklas"));
  EXPECT_TRUE(saw("help [--json]"));
  EXPECT_TRUE(saw("{\"name\":\"niklas\""));
  EXPECT_TRUE(saw("niklas> "));
}

TEST_F(ShellTest, a_newcomer_is_told_plainly_and_has_all_commands_after_a_claim) {
  caller.who = Standing::newcomer;
  test::run_all(loop, serve(Terminal::pty), type("whoami\rclaim\rwhoami --json\rexit\r", false));
  EXPECT_TRUE(saw("Nobody has the name niklas yet"));
  EXPECT_TRUE(saw("\"claim\" binds"));
  EXPECT_TRUE(saw("you have no name here yet"));
  EXPECT_TRUE(saw("The name niklas is yours"));
  EXPECT_TRUE(saw("{\"name\":\"niklas\""));
}

TEST_F(ShellTest, a_terminal_gets_carriage_returns) {
  test::run_all(loop, serve(Terminal::pty), type("exit\r", false));
  for (std::size_t i = seen.find('\n'); i != seen.npos; i = seen.find('\n', i + 1)) EXPECT_EQ(seen[i - 1], '\r');
}

TEST_F(ShellTest, without_a_terminal_there_is_no_prompt_and_the_end_of_input_ends_it) {
  test::run_all(loop, serve(Terminal::none), type("whoami\nstatus", true));
  EXPECT_EQ(end, ShellEnd::left);
  EXPECT_FALSE(saw("niklas> "));
  EXPECT_FALSE(saw("\r"));
  EXPECT_TRUE(saw("presence"));
}

TEST_F(ShellTest, mistakes_are_answered_and_do_not_end_it) {
  test::run_all(loop, serve(Terminal::pty), type("foo\r'\r\r \rwhoami\rlogout\r", false));
  EXPECT_TRUE(saw("no command \"foo\""));
  EXPECT_TRUE(saw("a single quote is not closed"));
  EXPECT_TRUE(saw("127.0.0.1:2525"));
}

TEST_F(ShellTest, ctrl_c_drops_the_line_and_ctrl_d_leaves) {
  test::run_all(loop, serve(Terminal::pty), type("foo\x03\x04", false));
  EXPECT_EQ(end, ShellEnd::left);
  EXPECT_FALSE(saw("no command"));
}

TEST_F(ShellTest, ctrl_c_ends_a_command_that_stays_open) {
  test::run_all(loop, serve(Terminal::pty), type("events\r\x03" + std::string("exit\r"), false));
  EXPECT_EQ(end, ShellEnd::left);
}

TEST_F(ShellTest, a_shell_without_input_ends_as_idle) {
  caller.all_limits.shell_idle = 20ms;
  end = ShellEnd::left;
  test::run_all(loop, serve(Terminal::pty), type("status\r", false));
  EXPECT_EQ(end, ShellEnd::idle);
  EXPECT_TRUE(closed);
}

TEST_F(ShellTest, a_line_that_is_too_long_is_refused_when_it_ends) {
  std::string keys(100'000, 'x');
  keys += "\nexit\n";
  test::run_all(loop, serve(Terminal::none), type(keys, false));
  EXPECT_TRUE(saw("longer than 4096 bytes"));
}

}  // namespace
}  // namespace sisu::relay::commands
