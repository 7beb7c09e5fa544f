// Channels under load and in trouble: flow control both ways, half-close, cancellation, key exchange, sudden ends.
#include "tests/unit/ssh/session_fixture.hpp"

#include <asio/steady_timer.hpp>

#include <random>
#include <thread>

namespace sisu::ssh::test {
namespace {

class ChannelTest : public SessionTest {};

using Pair = Host::Pair;

/// The two ends of a forwarded channel.
struct Ends {
  std::unique_ptr<Channel> relay;
  std::unique_ptr<Channel> client;
};

asio::awaitable<Ends> open_channel(Pair& pair) {
  Ends ends;
  ends.relay = co_await pair.served->session->open_forwarded("smtp-delivery", 25, *Endpoint::parse("192.0.2.1:4000"));
  auto arrived = co_await pair.client->accept_forwarded();
  ends.client = std::move(arrived.channel);
  co_return std::move(ends);
}

asio::awaitable<void> write_and_finish(net::ByteStream& stream, std::uint64_t count) {
  co_await write_pattern(stream, count);
  co_await stream.finish();
}

asio::awaitable<void> expect_pattern(net::ByteStream& stream, std::uint64_t count) {
  EXPECT_EQ(co_await read_pattern(stream), count);
}

asio::awaitable<void> sleep_for(std::chrono::milliseconds time) {
  asio::steady_timer timer(co_await asio::this_coro::executor, time);
  co_await timer.async_wait(asio::use_awaitable);
}

/// `bytes` each way at once.
asio::awaitable<void> both_ways(Host& t, Pair& pair, std::uint64_t bytes) {
  auto ends = co_await open_channel(pair);
  net::TaskGroup tasks(t.loop.get_executor());
  tasks.spawn(write_and_finish(*ends.relay, bytes));
  tasks.spawn(write_and_finish(*ends.client, bytes));
  tasks.spawn(expect_pattern(*ends.relay, bytes));
  tasks.spawn(expect_pattern(*ends.client, bytes));
  co_await tasks.join();
}

asio::awaitable<void> both_ways_alone(Host& t, std::uint64_t bytes) {
  auto pair = co_await t.open_pair();
  co_await both_ways(t, pair, bytes);
}

TEST_F(ChannelTest, carries_bulk_both_ways_at_once) { run(both_ways_alone(*this, 40'000'000)); }

TEST_F(ChannelTest, slow_carries_hundreds_of_megabytes_both_ways_at_once) {
  run(both_ways_alone(*this, 600'000'000), 200s);
}

asio::awaitable<void> many_channels(Host& t, int count, std::uint64_t bytes) {
  auto pair = co_await t.open_pair();
  net::TaskGroup tasks(t.loop.get_executor());
  for (int i = 0; i < count; ++i) tasks.spawn(both_ways(t, pair, bytes));
  co_await tasks.join();
}

TEST_F(ChannelTest, runs_64_channels_at_once) { run(many_channels(*this, 64, 300'000)); }

asio::awaitable<void> small_lane(Host& t, Pair& pair, int& left) {
  while (left-- > 0) co_await both_ways(t, pair, 40);
}

asio::awaitable<void> many_small(Host& t, int count) {
  auto pair = co_await t.open_pair();
  net::TaskGroup tasks(t.loop.get_executor());
  int left = count;
  for (int i = 0; i < 64; ++i) tasks.spawn(small_lane(t, pair, left));
  co_await tasks.join();
  EXPECT_LE(left, 0);
}

TEST_F(ChannelTest, opens_thousands_of_short_channels_without_losing_one) { run(many_small(*this, 3000)); }

// Once, packets that were read while we wrote did not count as a sign of life.
TEST_F(ChannelTest, traffic_is_a_sign_of_life) {
  limits.keepalive = 50ms;
  limits.dead_after = 300ms;
  run(many_small(*this, 10'000));
  EXPECT_EQ(served[0]->end_reason, "");
}

TEST_F(ChannelTest, slow_opens_a_hundred_thousand_short_channels_without_losing_one) {
  run(many_small(*this, 100'000), 200s);
}

// --- Key exchange under load

asio::awaitable<void> rekeying(Host& t, std::string ciphers, std::uint64_t bytes) {
  ClientOptions options = t.client_options();
  options.rekey_after = 1'000'000;
  options.ciphers = std::move(ciphers);
  auto pair = co_await t.open_pair(std::move(options));
  net::TaskGroup tasks(t.loop.get_executor());
  for (int i = 0; i < 4; ++i) tasks.spawn(both_ways(t, pair, bytes));
  co_await tasks.join();
  EXPECT_FALSE(pair.served->ended) << pair.served->end_reason;
}

TEST_F(ChannelTest, exchanges_keys_under_load_with_chacha20) {
  run(rekeying(*this, "chacha20-poly1305@openssh.com", 10'000'000));
}

TEST_F(ChannelTest, exchanges_keys_under_load_with_aes_gcm) {
  run(rekeying(*this, "aes256-gcm@openssh.com", 10'000'000));
}

// --- Back-pressure

asio::awaitable<void> write_until_stopped(net::ByteStream& stream, std::uint64_t& written) {
  const std::string bytes(64 * 1024, 'x');
  while (true) {
    co_await stream.write(bytes);
    written += bytes.size();
  }
}

enum class Direction { to_client, to_relay };

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool resident_means_held = false;  // sanitizers keep what was freed
#else
constexpr bool resident_means_held = true;
#endif

void expect_resident_below(std::size_t limit) {
  if (resident_means_held) {
    EXPECT_LT(resident_bytes(), limit);
  }
}

asio::awaitable<void> stalled_reader(Host& t, Direction direction) {
  auto pair = co_await t.open_pair();
  auto ends = co_await open_channel(pair);
  net::ByteStream& writer = direction == Direction::to_client ? *ends.relay : *ends.client;
  net::ByteStream& reader = direction == Direction::to_client ? *ends.client : *ends.relay;
  // The reader takes a little first: that opens the large window.
  net::TaskGroup tasks(t.loop.get_executor());
  std::uint64_t written = 0;
  tasks.spawn(write_until_stopped(writer, written));
  co_await read_exactly(reader, 100'000);
  const std::size_t before = resident_bytes();
  co_await sleep_for(300ms);
  const std::uint64_t stalled_at = written;
  co_await sleep_for(300ms);
  EXPECT_EQ(written, stalled_at) << "the writer goes on although nobody reads";
  EXPECT_LT(written, 8'000'000U);
  expect_resident_below(before + 12'000'000U);
  // Others of the session are not held up by it.
  co_await both_ways(t, pair, 2'000'000);
  // Slow reading in small pieces: the window must not run away (a partial ssh_channel_read would re-open it each time).
  for (int i = 0; i < 2000; ++i) co_await read_exactly(reader, 100);
  EXPECT_LT(written, stalled_at + 4'000'000U);
  expect_resident_below(before + 16'000'000U);
  tasks.stop();
  co_await tasks.join();
}

TEST_F(ChannelTest, a_stalled_client_stops_the_relay_in_bounded_memory) {
  run(stalled_reader(*this, Direction::to_client));
}

TEST_F(ChannelTest, a_stalled_relay_stops_the_client_in_bounded_memory) {
  run(stalled_reader(*this, Direction::to_relay));
}

// --- Closing

asio::awaitable<void> half_close(Host& t) {
  auto pair = co_await t.open_pair();
  auto ends = co_await open_channel(pair);
  co_await ends.client->finish();
  EXPECT_EQ(co_await read_all(*ends.relay), "");
  EXPECT_EQ(co_await read_all(*ends.relay), "") << "end of stream stays";
  net::TaskGroup tasks(t.loop.get_executor());
  tasks.spawn(write_and_finish(*ends.relay, 3'000'000));
  co_await expect_pattern(*ends.client, 3'000'000);
  co_await tasks.join();
  bool refused = false;
  try {
    co_await ends.relay->write("too late");
  } catch (const std::system_error& error) {
    refused = error.code() == asio::error::broken_pipe;
  }
  EXPECT_TRUE(refused);
}

TEST_F(ChannelTest, half_close_keeps_the_other_direction) { run(half_close(*this)); }

asio::awaitable<void> close_reaches_the_peer(Host& t) {
  auto pair = co_await t.open_pair();
  auto ends = co_await open_channel(pair);
  net::TaskGroup tasks(t.loop.get_executor());
  std::uint64_t written = 0;
  bool broken = false;
  tasks.on_error([&broken](std::exception_ptr) { broken = true; });
  tasks.spawn(write_until_stopped(*ends.client, written));
  co_await read_exactly(*ends.relay, 1'000'000);
  ends.relay->close();
  ends.relay->close();
  EXPECT_EQ(co_await read_all(*ends.relay), "");
  co_await tasks.join();  // the writer learns it
  EXPECT_TRUE(broken);
  EXPECT_EQ(co_await read_all(*ends.client), "");
  co_await both_ways(t, pair, 1000);
}

TEST_F(ChannelTest, close_ends_both_directions_and_spares_the_session) { run(close_reaches_the_peer(*this)); }

asio::awaitable<void> close_wakes_waiters(Host& t) {
  auto pair = co_await t.open_pair();
  auto ends = co_await open_channel(pair);
  net::TaskGroup tasks(t.loop.get_executor());
  std::uint64_t written = 0;
  tasks.spawn(expect_pattern(*ends.relay, 0));
  tasks.spawn(write_until_stopped(*ends.relay, written));
  co_await sleep_for(100ms);
  EXPECT_EQ(tasks.size(), 2U);
  ends.relay->close();
  co_await net::with_deadline(tasks.join(), 10s);
}

TEST_F(ChannelTest, close_wakes_who_waits) { run(close_wakes_waiters(*this)); }

asio::awaitable<void> outlives(Host& t) {
  auto pair = co_await t.open_pair();
  auto ends = co_await open_channel(pair);
  auto command = co_await pair.client->exec("cat");
  pair.served->session->disconnect("enough");
  co_await sleep_for(50ms);
  EXPECT_EQ(co_await read_all(*ends.relay), "");
  EXPECT_EQ(co_await read_all(*ends.client), "");
  EXPECT_EQ(co_await read_all(*command), "");
  pair.client.reset();
  pair.served->session.reset();
  for (net::ByteStream* stream : std::initializer_list<net::ByteStream*>{ends.relay.get(), ends.client.get()}) {
    bool refused = false;
    try {
      co_await stream->write("x");
    } catch (const std::system_error&) {
      refused = true;
    }
    EXPECT_TRUE(refused);
    co_await stream->finish();
    stream->close();
  }
}

TEST_F(ChannelTest, may_outlive_its_session) { run(outlives(*this)); }

// --- Cancellation

template <class Operation>
asio::awaitable<bool> times_out(Operation operation) {
  try {
    co_await net::with_deadline(operation(), 50ms);
  } catch (const std::system_error& error) {
    co_return error.code() == asio::error::timed_out;
  }
  co_return false;
}

asio::awaitable<void> cancellation(Host& t) {
  auto pair = co_await t.open_pair();
  auto ends = co_await open_channel(pair);
  std::uint64_t written = 0;
  const auto reading = [&ends] { return expect_pattern(*ends.relay, 0); };
  const auto writing = [&ends, &written] { return write_until_stopped(*ends.relay, written); };
  EXPECT_TRUE(co_await times_out(reading));
  EXPECT_TRUE(co_await times_out(writing));
  // A cancelled read has eaten nothing.
  co_await ends.client->write("still here");
  EXPECT_EQ(co_await read_exactly(*ends.relay, 10), "still here");
  co_await both_ways(t, pair, 100'000);
}

TEST_F(ChannelTest, cancelled_reads_and_writes_leave_the_channel_usable) { run(cancellation(*this)); }

asio::awaitable<void> cancelled_opening(Host& t) {
  auto pair = co_await t.open_pair();
  // Nothing reads the client's socket while this coroutine blocks the only loop, so an opening of zero time is
  // cancelled before the client could confirm it; the confirmation then finds a channel that nobody wants.
  int cancelled = 0;
  for (int i = 0; i < 20; ++i) {
    try {
      co_await net::with_deadline(
          pair.served->session->open_forwarded("smtp-delivery", 25, *Endpoint::parse("192.0.2.1:4000")), 0ms);
    } catch (const std::system_error&) {
      ++cancelled;
    }
  }
  EXPECT_GT(cancelled, 0);
  for (int i = 0; i < 20; ++i) {
    auto arrived = co_await pair.client->accept_forwarded();
    EXPECT_EQ(co_await read_all(*arrived.channel), "") << "an abandoned channel is closed";
  }
  co_await both_ways(t, pair, 1000);
}

TEST_F(ChannelTest, an_abandoned_opening_is_closed_when_it_is_confirmed) { run(cancelled_opening(*this)); }

// --- Sudden ends

asio::awaitable<void> discard(net::ByteStream& stream) {
  std::vector<char> buffer(1000);
  while (co_await stream.read_some(buffer) > 0) {
  }
}

asio::awaitable<void> kill_once(Host& t, unsigned seed) {
  std::mt19937 random(seed);
  auto pair = co_await t.open_pair();
  net::TaskGroup tasks(t.loop.get_executor());
  std::vector<Ends> all;
  std::uint64_t written = 0;
  for (int i = 0; i < 16; ++i) all.push_back(co_await open_channel(pair));
  for (auto& ends : all) {
    tasks.spawn(write_until_stopped(*ends.relay, written));
    tasks.spawn(write_until_stopped(*ends.client, written));
    if (random() % 4 != 0) tasks.spawn(discard(*ends.client));
  }
  co_await sleep_for(std::chrono::milliseconds(random() % 30));
  switch (random() % 3) {
    case 0:
      pair.client->disconnect("bye");
      break;
    case 1:
      pair.served->session->disconnect("bye");
      break;
    case 2:
      for (auto& ends : all) (random() % 2 == 0 ? ends.client : ends.relay)->close();
      co_await both_ways(t, pair, 10'000);  // the session has survived that
      break;
  }
  tasks.stop();
  co_await net::with_deadline(tasks.join(), 20s);
}

asio::awaitable<void> kills(Host& t, unsigned rounds) {
  for (unsigned seed = 0; seed < rounds; ++seed) co_await kill_once(t, seed);
}

TEST_F(ChannelTest, ends_at_random_moments_under_load) { run(kills(*this, 12)); }

TEST_F(ChannelTest, slow_ends_at_random_moments_under_load_many_times) { run(kills(*this, 300), 200s); }

// --- Threads

// For the thread sanitizer: sessions of two event loops share nothing but the host key.
TEST_F(ChannelTest, sessions_on_two_loops_run_side_by_side) {
  const auto work = [this] {
    for (unsigned round = 0; round < 3; ++round) {
      Host own;
      own.host_key = host_key;
      own.run(many_small(own, 200));
      own.run(both_ways_alone(own, 1'000'000));
      own.run(kills(own, 2));
    }
  };
  std::thread one(work);
  std::thread two(work);
  one.join();
  two.join();
}

}  // namespace
}  // namespace sisu::ssh::test
