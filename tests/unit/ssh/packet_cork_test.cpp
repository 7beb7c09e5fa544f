// How packets of a session become segments of TCP: few and at once.
#include "tests/support/tcp_output.hpp"
#include "tests/unit/ssh/session_fixture.hpp"

#include <asio/post.hpp>

#include <fcntl.h>
#include <unistd.h>

namespace sisu::ssh::test {
namespace {

class PacketCork : public SessionTest {};

/// A client that is logged in, channels of it, and its socket.
struct Line {
  explicit Line(Host& t) : host(t) {}
  ~Line() { ::close(socket); }

  asio::awaitable<void> open(int count) {
    auto connection = co_await host.connect();
    socket = ::fcntl(connection.native_handle(), F_DUPFD_CLOEXEC, 0);
    client = co_await ClientSession::log_in(std::move(connection), host.client_options(), host.workers);
    host.clients.spawn(host.run_client(*client));
    co_await host.wait_logged_in(1);
    for (int i = 0; i < count; ++i) {
      relay.push_back(
          co_await host.served[0]->session->open_forwarded("smtp-delivery", 25, *Endpoint::parse("192.0.2.1:1")));
      auto arrived = co_await client->accept_forwarded();
      channels.push_back(std::move(arrived.channel));
    }
  }
  sisu::test::TcpOutput output() const { return sisu::test::tcp_output(socket); }

  Host& host;
  int socket = -1;
  std::unique_ptr<ClientSession> client;
  std::vector<std::unique_ptr<Channel>> relay;
  std::vector<std::unique_ptr<Channel>> channels;
};

asio::awaitable<void> write_text(Channel& channel, std::string text) { co_await channel.write(text); }

/// Behind all that the event loop has ready, and what that makes ready.
asio::awaitable<void> turns(int count) {
  const auto executor = co_await asio::this_coro::executor;
  for (int i = 0; i < count; ++i) co_await asio::post(executor, asio::use_awaitable);
}

asio::awaitable<void> answers_of_one_turn(Host& t) {
  Line line(t);
  co_await line.open(50);
  co_await turns(10);
  const auto before = line.output();
  net::TaskGroup tasks(t.loop.get_executor());
  for (const auto& channel : line.channels) tasks.spawn(write_text(*channel, "250 ok\r\n"));
  co_await tasks.join();
  for (const auto& relay : line.relay) EXPECT_EQ(co_await read_exactly(*relay, 8), "250 ok\r\n");
  EXPECT_LE(line.output().segments - before.segments, 3U);
}

TEST_F(PacketCork, answers_on_many_channels_in_one_turn_leave_together) { run(answers_of_one_turn(*this)); }

asio::awaitable<void> nothing_waits(Host& t, std::size_t bytes) {
  Line line(t);
  co_await line.open(1);
  for (const std::size_t size : {std::size_t{1}, bytes, std::size_t{1}, std::size_t{1}}) {
    co_await line.channels[0]->write(std::string(size, 'x'));
    co_await turns(10);
    EXPECT_EQ(line.output().waiting, 0U) << "after a write of " << size;
    EXPECT_EQ((co_await read_exactly(*line.relay[0], size)).size(), size);
  }
}

TEST_F(PacketCork, a_small_packet_leaves_in_its_turn) { run(nothing_waits(*this, 100)); }
TEST_F(PacketCork, neither_bulk_nor_what_follows_it_is_held_back) { run(nothing_waits(*this, 20'000)); }

}  // namespace
}  // namespace sisu::ssh::test
