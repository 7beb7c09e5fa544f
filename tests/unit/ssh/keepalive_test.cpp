// Is the peer still there? Probes, keepalives both ways, and peers that are stopped while their kernel still answers.
#include "tests/unit/ssh/program.hpp"
#include "tests/unit/ssh/session_fixture.hpp"

#include <asio/steady_timer.hpp>

#include <csignal>
#include <sched.h>
#include <thread>

namespace sisu::ssh::test {
namespace {

class Keepalive : public SessionTest {};

asio::awaitable<void> sleep_for(std::chrono::milliseconds time) {
  asio::steady_timer timer(co_await asio::this_coro::executor, time);
  co_await timer.async_wait(asio::use_awaitable);
}

asio::awaitable<void> probes(Host& t) {
  auto pair = co_await t.open_pair();
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(co_await pair.served->session->probe(10s));
  co_await pair.client->request_forward("smtp-delivery", 25);  // has not taken a keepalive's answer for its own
  EXPECT_TRUE(co_await pair.served->session->probe(10s));
}

TEST_F(Keepalive, a_probe_finds_a_live_client) { run(probes(*this)); }

asio::awaitable<void> stays(Host& t) {
  t.limits.keepalive = 40ms;
  t.limits.dead_after = 1000ms;
  ClientOptions options = t.client_options();
  options.limits.keepalive = 30ms;
  options.limits.dead_after = 1000ms;
  auto pair = co_await t.open_pair(std::move(options));
  co_await sleep_for(300ms);
  co_await pair.client->request_forward("smtp-delivery", 25);  // between keepalives of ours
  co_await pair.client->cancel_forward("smtp-delivery", 25);
  co_await sleep_for(300ms);
  EXPECT_FALSE(pair.served->ended) << pair.served->end_reason;
  EXPECT_TRUE(t.client_ends.empty());
}

TEST_F(Keepalive, keeps_an_idle_session_both_ways) { run(stays(*this)); }

asio::awaitable<void> asks_often(Host& t, std::uint16_t port) {
  ClientOptions options = t.client_options();
  options.limits.keepalive = 1ms;
  options.limits.dead_after = 10'000ms;
  tcp::socket socket(t.loop);
  co_await socket.async_connect({asio::ip::address_v4::loopback(), port}, asio::use_awaitable);
  auto client = co_await ClientSession::log_in(std::move(socket), std::move(options), t.workers);
  t.clients.spawn(t.run_client(*client));
  co_await sleep_for(300ms);
  EXPECT_TRUE(t.client_ends.empty()) << t.client_ends.front();
}

/// From here on the calling thread has the first processor that it may have, and there `policy`.
void run_on_first_processor(int policy) {
  cpu_set_t allowed;
  ASSERT_EQ(sched_getaffinity(0, sizeof allowed, &allowed), 0);
  std::size_t first = 0;
  while (!CPU_ISSET(first, &allowed)) ++first;
  CPU_ZERO(&allowed);
  CPU_SET(first, &allowed);
  ASSERT_EQ(sched_setaffinity(0, sizeof allowed, &allowed), 0);
  const sched_param priority{};
  ASSERT_EQ(sched_setscheduler(0, policy, &priority), 0);
}

/// Two threads on one processor, of which the server's goes first: it answers before the call that asked it is over.
TEST_F(Keepalive, an_answer_that_comes_at_once_is_not_waited_for) {
  limits.keepalive = 0ms;
  const std::uint16_t to = port();
  std::jthread server([this] {
    run_on_first_processor(SCHED_OTHER);
    run_until([this] { return !served.empty() && served[0]->ended; });
  });
  std::jthread client([this, to] {
    run_on_first_processor(SCHED_IDLE);
    Host other;
    other.host_key = host_key;
    other.user_key = user_key;
    other.run(asks_often(other, to));
  });
  client.join();
  server.join();
  ASSERT_EQ(served.size(), 1U);
  EXPECT_TRUE(served[0]->handler.refusals.empty()) << served[0]->handler.refusals.size() << " refused";
}

asio::awaitable<void> stopped_client(Host& t) {
  t.limits.keepalive = 200ms;
  t.limits.dead_after = 2000ms;
  Program ssh(t.loop.get_executor(), stock_ssh(t, {"-N", "-R", "smtp-delivery:25:127.0.0.1:1"}));
  co_await t.wait_logged_in(1);
  Served& served = *t.served[0];
  EXPECT_TRUE(co_await served.session->probe(10s));
  co_await sleep_for(600ms);
  EXPECT_FALSE(served.ended);
  ssh.signal(SIGSTOP);  // its kernel goes on acknowledging
  EXPECT_FALSE(co_await served.session->probe(300ms));
  while (!served.ended) co_await sleep_for(10ms);
  EXPECT_NE(served.end_reason.find("no answer"), std::string::npos) << served.end_reason;
  EXPECT_EQ(served.handler.limits, std::vector{LimitKind::session_silence});
  ssh.signal(SIGCONT);
  ssh.signal(SIGKILL);
  co_await ssh.wait();
}

TEST_F(Keepalive, a_stopped_client_is_noticed) { run(stopped_client(*this)); }

asio::awaitable<void> silent_server(Host& t) {
  ClientOptions options = t.client_options();
  options.limits.keepalive = 100ms;
  options.limits.dead_after = 500ms;
  // A wire that can be cut: bytes pass while it holds.
  const auto wire = std::make_shared<CuttableWire>(t.loop.get_executor(), t.acceptor.local_endpoint());
  options.port = wire->port();
  t.clients.spawn(run_wire(wire));
  tcp::socket socket(t.loop);
  co_await socket.async_connect({asio::ip::address_v4::loopback(), wire->port()}, asio::use_awaitable);
  auto client = co_await ClientSession::log_in(std::move(socket), std::move(options), t.workers);
  t.clients.spawn(t.run_client(*client));
  co_await sleep_for(300ms);
  EXPECT_TRUE(t.client_ends.empty());
  wire->cut();
  while (t.client_ends.empty()) co_await sleep_for(10ms);
  EXPECT_NE(t.client_ends[0].find("no answer"), std::string::npos) << t.client_ends[0];
  wire->close();
}

TEST_F(Keepalive, a_client_notices_a_cut_wire) { run(silent_server(*this)); }

}  // namespace
}  // namespace sisu::ssh::test
