#include "relay/tier1/pipe.hpp"

#include "tests/support/memory_stream.hpp"
#include "tests/support/played_stream.hpp"
#include "tests/support/run_coroutine.hpp"

#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <gtest/gtest.h>

#include <array>

namespace sisu::relay::tier1 {
namespace {

using namespace std::chrono_literals;
using test::make_memory_streams;
using test::run_all;

asio::awaitable<std::string> read_all(net::ByteStream& stream) {
  std::string all;
  std::array<char, 4096> buffer{};
  for (;;) {
    const std::size_t count = co_await stream.read_some(buffer);
    if (count == 0) co_return all;
    all.append(buffer.data(), count);
  }
}

asio::awaitable<void> read_all_into(net::ByteStream& stream, std::string& into) { into = co_await read_all(stream); }
asio::awaitable<void> swallow(net::ByteStream& stream) { co_await read_all(stream); }

asio::awaitable<void> write_and_finish(net::ByteStream& stream, std::string bytes) {
  co_await stream.write(bytes);
  co_await stream.finish();
}

asio::awaitable<void> wait(std::chrono::milliseconds time) {
  asio::steady_timer timer(co_await asio::this_coro::executor, time);
  co_await timer.async_wait(asio::use_awaitable);
}

std::string pattern(std::size_t size) {
  std::string bytes(size, '\0');
  std::uint32_t value = 1;
  for (char& c : bytes) c = static_cast<char>((value = value * 1664525 + 1013904223) >> 24);
  return bytes;
}

class PipeTest : public testing::Test {
 public:
  void make_pipe() {
    watch = std::make_unique<PipeWatch>(loop.get_executor(), limits);
    environment = std::make_unique<PipeEnvironment>(PipeEnvironment{limits, rate, *watch, [this] { ++throttled; }});
    pipe = std::make_unique<Pipe>(*sender.right, *client.left, *environment);
  }
  asio::awaitable<void> run_pipe(std::string preface = {}) {
    report = co_await pipe->run(std::move(preface));
    ended = true;
    pipe.reset();  // the watch's timer ends with its last pipe
    watch.reset();
  }

  asio::io_context loop{1};
  Limits limits;
  UserRate rate{1'000'000};
  test::MemoryStreams sender = make_memory_streams(loop.get_executor());
  test::MemoryStreams client = make_memory_streams(loop.get_executor());
  std::unique_ptr<PipeWatch> watch;
  std::unique_ptr<PipeEnvironment> environment;
  std::unique_ptr<Pipe> pipe;
  PipeReport report;
  bool ended = false;
  int throttled = 0;
};

class PipeBytesTest : public PipeTest {
 protected:
  void run_both_ways() {
    make_pipe();
    const std::string question = pattern(200'000);
    const std::string answer = pattern(100'000);
    std::string heard_by_client;
    std::string heard_by_sender;
    run_all(loop, run_pipe("PREFACE"), write_and_finish(*sender.left, question),
            write_and_finish(*client.right, answer), read_all_into(*client.right, heard_by_client),
            read_all_into(*sender.left, heard_by_sender));
    EXPECT_TRUE(heard_by_client == "PREFACE" + question);
    EXPECT_TRUE(heard_by_sender == answer);
    EXPECT_EQ(report.end, PipeEnd::finished);
    EXPECT_EQ(report.to_client, question.size());
    EXPECT_EQ(report.to_sender, answer.size());
  }
};

TEST_F(PipeBytesTest, every_byte_passes_both_ways_behind_the_preface) { run_both_ways(); }

TEST_F(PipeBytesTest, every_byte_passes_one_at_a_time) {
  sender = make_memory_streams(loop.get_executor(), {.chunk = 1, .capacity = 1000});
  client = make_memory_streams(loop.get_executor(), {.chunk = 1, .capacity = 1000});
  run_both_ways();
}

asio::awaitable<void> answer_after_the_end(PipeTest& test) {
  co_await test.sender.left->write("question");
  co_await test.sender.left->finish();
  const std::string heard = co_await read_all(*test.client.right);
  EXPECT_EQ(heard, "question");
  EXPECT_FALSE(test.ended);
  co_await test.client.right->write("answer");
  co_await test.client.right->finish();
  const std::string answer = co_await read_all(*test.sender.left);
  EXPECT_EQ(answer, "answer");
}

TEST_F(PipeTest, half_close_is_kept) {
  make_pipe();
  run_all(loop, run_pipe(), answer_after_the_end(*this));
  EXPECT_EQ(report.end, PipeEnd::finished);
}

TEST_F(PipeTest, a_reply_and_the_end_behind_it_travel_together) {
  test::PlayedStream server(loop.get_executor());
  test::PlayedStream peer(loop.get_executor());
  make_pipe();
  pipe = std::make_unique<Pipe>(peer, server, *environment);
  server.push("221 bye\r\n");
  server.push_end();
  peer.push_end();
  run_all(loop, run_pipe("preface"));
  EXPECT_EQ(report.end, PipeEnd::finished);
  EXPECT_EQ(peer.take(), "221 bye\r\n");
  EXPECT_EQ(peer.last_writes, 1);
  EXPECT_TRUE(peer.is_finished());
  EXPECT_EQ(report.to_sender, 9U);
  EXPECT_EQ(server.take(), "preface");
  EXPECT_TRUE(server.is_finished());
}

TEST_F(PipeTest, a_silent_connection_ends_as_idle) {
  limits.idle = 20ms;
  make_pipe();
  run_all(loop, run_pipe());
  EXPECT_EQ(report.end, PipeEnd::idle);
}

TEST_F(PipeTest, a_half_closed_connection_has_the_shorter_idle_limit) {
  limits.idle = 1h;
  limits.half_closed_idle = 20ms;
  make_pipe();
  run_all(loop, run_pipe(), write_and_finish(*sender.left, ""));
  EXPECT_EQ(report.end, PipeEnd::half_closed);
}

asio::awaitable<void> write_in_vain(net::ByteStream& stream, std::size_t size) {
  const std::string bytes = pattern(size);
  try {
    co_await stream.write(bytes);
    ADD_FAILURE() << "nothing held the writer back";
  } catch (const std::system_error&) {
  }
}

TEST_F(PipeTest, a_client_that_takes_nothing_ends_as_stalled) {
  limits.progress = 20ms;
  make_pipe();
  run_all(loop, run_pipe(), write_in_vain(*sender.left, 4'000'000));
  EXPECT_EQ(report.end, PipeEnd::stalled);
  // Nothing piles up in between: what the stream below holds, and no more.
  EXPECT_LE(report.to_client, 64U * 1024U);
}

TEST_F(PipeTest, a_client_that_does_not_even_take_the_preface_ends_as_stalled) {
  client = make_memory_streams(loop.get_executor(), {.capacity = 4});
  limits.progress = 20ms;
  make_pipe();
  run_all(loop, run_pipe("PREFACE"));
  EXPECT_EQ(report.end, PipeEnd::stalled);
  EXPECT_EQ(report.to_client, 0U);
}

TEST_F(PipeTest, a_sender_that_takes_nothing_ends_as_stalled) {
  limits.progress = 20ms;
  make_pipe();
  run_all(loop, run_pipe(), write_in_vain(*client.right, 4'000'000));
  EXPECT_EQ(report.end, PipeEnd::stalled);
  EXPECT_LE(report.to_sender, 64U * 1024U);
}

asio::awaitable<void> write_slowly(PipeTest& test, int times) {
  for (int i = 0; i < times; ++i) {
    co_await wait(5ms);
    co_await test.sender.left->write("x");
  }
  EXPECT_FALSE(test.ended);
  co_await test.sender.left->finish();
  co_await test.client.right->finish();
}

TEST_F(PipeTest, a_slow_connection_that_moves_is_not_idle) {
  limits.idle = 5s;
  make_pipe();
  run_all(loop, run_pipe(), write_slowly(*this, 20), swallow(*client.right));
  EXPECT_EQ(report.end, PipeEnd::finished);
  EXPECT_EQ(report.to_client, 20U);
}

asio::awaitable<void> cut_soon(PipeTest& test) {
  co_await wait(5ms);
  test.pipe->cut();
}

TEST_F(PipeTest, it_can_be_cut) {
  make_pipe();
  run_all(loop, run_pipe(), cut_soon(*this));
  EXPECT_EQ(report.end, PipeEnd::cut);
}

asio::awaitable<void> close_soon(net::ByteStream& stream) {
  co_await wait(5ms);
  stream.close();
}

asio::awaitable<void> write_until_it_fails(net::ByteStream& stream) {
  const std::string bytes = pattern(1000);
  try {
    for (;;) co_await stream.write(bytes);
  } catch (const std::system_error&) {
  }
}

TEST_F(PipeTest, a_client_that_goes_away_ends_it) {
  make_pipe();
  run_all(loop, run_pipe(), write_until_it_fails(*sender.left), close_soon(*client.right));
  EXPECT_EQ(report.end, PipeEnd::client_lost);
}

TEST_F(PipeTest, a_sender_that_goes_away_ends_it) {
  make_pipe();
  run_all(loop, run_pipe(), write_until_it_fails(*client.right), close_soon(*sender.left));
  EXPECT_EQ(report.end, PipeEnd::sender_lost);
}

TEST_F(PipeTest, the_users_rate_holds_the_connection_back) {
  rate.take(Direction::to_client, 1'000'000);  // the burst is gone
  make_pipe();
  const auto began = std::chrono::steady_clock::now();
  run_all(loop, run_pipe(), write_and_finish(*sender.left, pattern(100'000)), write_and_finish(*client.right, ""),
          swallow(*client.right));
  EXPECT_EQ(report.end, PipeEnd::finished);
  EXPECT_GE(throttled, 1);
  EXPECT_GE(std::chrono::steady_clock::now() - began, 90ms);  // a floor, whatever the machine does
}

}  // namespace
}  // namespace sisu::relay::tier1
