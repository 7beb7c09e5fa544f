// Every limit of a connection, reached by a peer that means no good; and everything that is refused.
#include "common/net/tcp_stream.hpp"
#include "tests/unit/ssh/program.hpp"
#include "tests/unit/ssh/raw_client.hpp"
#include "tests/unit/ssh/session_fixture.hpp"

#include <asio/steady_timer.hpp>

#include <algorithm>
#include <csignal>

namespace sisu::ssh::test {
namespace {

class Limits : public SessionTest {
 public:
  /// Runs `attack` on a thread while the loop serves it.
  void attack(std::function<void(RawClient&)> attack) {
    run(on_worker(*this, std::move(attack)));
    EXPECT_TRUE(run_until([this] { return served[0]->ended.load(); })) << "the session still stands";
  }
  bool reached(LimitKind kind) const { return std::ranges::count(served[0]->handler.limits, kind) == 1; }
  std::string described() const {
    std::string all = served[0]->end_reason;
    for (const auto kind : served[0]->handler.limits) all += std::string(", ") + std::string(to_string(kind));
    return all;
  }

 private:
  static asio::awaitable<void> on_worker(Limits& t, std::function<void(RawClient&)> attack) {
    const std::function<int()> work = [&t, attack] {
      RawClient client(t.port(), t.user_key);
      attack(client);
      return 0;
    };
    co_await t.workers.run(work);
  }
};

asio::awaitable<void> sleep_for(std::chrono::milliseconds time) {
  asio::steady_timer timer(co_await asio::this_coro::executor, time);
  co_await timer.async_wait(asio::use_awaitable);
}

// --- Before log-in

TEST_F(Limits, wrong_keys_are_cut_after_six) {
  prepare = [](Handler& handler) { handler.refuse_login = "unknown key: ask the relay's owner for an invitation"; };
  int tried = 0;
  attack([&tried](RawClient& client) {
    ASSERT_TRUE(client.connect());
    for (tried = 0; tried < 20 && client.alive(); ++tried) {
      const auto key = PrivateKey::generate();
      EXPECT_NE(ssh_userauth_publickey(client.session(), nullptr, key.libssh()), SSH_AUTH_SUCCESS);
    }
  });
  EXPECT_TRUE(reached(LimitKind::login_attempts)) << described();
  EXPECT_LT(tried, 15);  // libssh may see the end of the connection a few calls late
  EXPECT_FALSE(served[0]->logged_in);
}

TEST_F(Limits, password_flood_is_cut) {
  int tried = 0;
  attack([&tried](RawClient& client) {
    ASSERT_TRUE(client.connect());
    for (tried = 0; tried < 1000 && client.alive(); ++tried) ssh_userauth_password(client.session(), nullptr, "guess");
  });
  EXPECT_TRUE(reached(LimitKind::login_attempts)) << described();
  EXPECT_LT(tried, 12);
}

TEST_F(Limits, kerberos_and_keyboard_attempts_count) {
  attack([](RawClient& client) {
    ASSERT_TRUE(client.connect());
    for (int i = 0; i < 1000 && client.alive(); ++i) ssh_userauth_kbdint(client.session(), nullptr, nullptr);
  });
  EXPECT_TRUE(reached(LimitKind::login_attempts)) << described();
}

TEST_F(Limits, packets_before_login_are_counted) {
  attack([](RawClient& client) {
    ASSERT_TRUE(client.connect());
    for (int i = 0; i < 10'000 && client.alive(); ++i) ssh_send_ignore(client.session(), "x");
  });
  EXPECT_TRUE(reached(LimitKind::packets_before_login)) << described();
}

TEST_F(Limits, bytes_before_login_are_counted) {
  const std::string big(20'000, 'x');
  attack([&big](RawClient& client) {
    ASSERT_TRUE(client.connect());
    for (int i = 0; i < 1000 && client.alive(); ++i) ssh_send_ignore(client.session(), big.c_str());
  });
  EXPECT_TRUE(reached(LimitKind::bytes_before_login)) << described();
}

asio::awaitable<void> talk_plain(Host& t, std::string text) {
  auto socket = co_await t.connect();
  net::TcpStream stream(std::move(socket));
  try {
    for (int i = 0; i < 100; ++i) co_await stream.write(text);
    co_await read_all(stream);
  } catch (const std::system_error&) {  // reset: what is wanted
  }
}

TEST_F(Limits, what_is_not_ssh_is_cut) {
  for (const std::string text :
       {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "SSH-1.5-old\r\n", "SSH-2.0-x\r\n\xff\xff\xff\xff\xff\xff\xff\xff"}) {
    run(talk_plain(*this, text));
  }
  run(talk_plain(*this, std::string(1000, 'A')));
  EXPECT_TRUE(
      run_until([this] { return std::ranges::all_of(served, [](const auto& one) { return one->ended.load(); }); }));
  EXPECT_EQ(served.size(), 4U);
}

// --- After log-in

void open_direct(RawClient& client) {
  const ssh_channel channel = ssh_channel_new(client.session());
  if (!channel) return;
  EXPECT_NE(ssh_channel_open_forward(channel, "127.0.0.1", 22, "127.0.0.1", 1), SSH_OK);
}

TEST_F(Limits, refused_channels_are_cut_after_100) {
  int tried = 0;
  attack([&tried](RawClient& client) {
    ASSERT_TRUE(client.log_in());
    for (tried = 0; tried < 10'000 && client.alive(); ++tried) open_direct(client);
  });
  EXPECT_TRUE(reached(LimitKind::refused_requests)) << described();
  EXPECT_LT(tried, 200);
  EXPECT_GE(served[0]->handler.refusals.size(), 100U);
}

TEST_F(Limits, forbidden_requests_are_refused_and_counted) {
  attack([](RawClient& client) {
    ASSERT_TRUE(client.log_in());
    const ssh_channel x11 = ssh_channel_new(client.session());
    EXPECT_NE(ssh_channel_open_x11(x11, "127.0.0.1", 6000), SSH_OK);
    const ssh_channel agent = ssh_channel_new(client.session());
    EXPECT_NE(ssh_channel_open_auth_agent(agent), SSH_OK);
    open_direct(client);
    const ssh_channel session = client.open_session();
    ASSERT_TRUE(session);
    EXPECT_NE(ssh_channel_request_subsystem(session, "sftp"), SSH_OK);
    EXPECT_NE(ssh_channel_request_x11(session, 0, nullptr, nullptr, 0), SSH_OK);
    EXPECT_NE(ssh_channel_request_env(session, "LD_PRELOAD", "/tmp/evil.so"), SSH_OK);
    EXPECT_NE(ssh_channel_listen_forward(client.session(), "smtp-delivery", 0, nullptr), SSH_OK);
    EXPECT_NE(ssh_channel_cancel_forward(client.session(), "nothing", 25), SSH_OK);
    ssh_disconnect(client.session());
  });
  const std::vector<std::string> expected = {"channel type",    "channel type",    "channel type",   "subsystem",
                                             "channel request", "forward request", "forward request"};
  EXPECT_EQ(served[0]->handler.refusals, expected);
  EXPECT_TRUE(served[0]->handler.limits.empty()) << described();
}

TEST_F(Limits, an_env_flood_is_cut) {
  attack([](RawClient& client) {
    ASSERT_TRUE(client.log_in());
    const ssh_channel session = client.open_session();
    for (int i = 0; i < 10'000 && client.alive(); ++i) ssh_channel_request_env(session, "A", "b");
  });
  EXPECT_TRUE(reached(LimitKind::refused_requests)) << described();
}

TEST_F(Limits, keepalives_and_other_global_requests_are_limited_per_minute) {
  limits.requests = 30;
  int tried = 0;
  attack([&tried](RawClient& client) {
    ASSERT_TRUE(client.log_in());
    for (tried = 0; tried < 10'000 && client.alive(); ++tried) ssh_send_keepalive(client.session());
  });
  EXPECT_TRUE(reached(LimitKind::requests)) << described();
  EXPECT_TRUE(served[0]->handler.refusals.empty());  // libssh answers these without telling us
  EXPECT_GE(tried, 30);
}

asio::awaitable<void> many_channels_with_bytes(Limits& t) {
  auto pair = co_await t.open_pair();
  for (int i = 0; i < 100; ++i) {
    auto relay = co_await pair.served->session->open_forwarded("x", 25, *Endpoint::parse("192.0.2.1:1"));
    auto client = co_await pair.client->accept_forwarded();
    co_await client.channel->write("220 hello");
    co_await client.channel->finish();
    EXPECT_EQ(co_await read_all(*relay), "220 hello");
  }
  auto relay = co_await pair.served->session->open_forwarded("x", 25, *Endpoint::parse("192.0.2.1:1"));
  auto client = co_await pair.client->accept_forwarded();
  net::TaskGroup tasks(t.loop.get_executor());
  tasks.spawn(write_pattern(*client.channel, 40'000'000));
  EXPECT_EQ((co_await read_exactly(*relay, 40'000'000)).size(), 40'000'000U);
  co_await tasks.join();
  pair.client->disconnect("done");
}

TEST_F(Limits, what_a_client_sends_on_its_channels_is_no_request) {
  limits.requests = 30;  // libssh answers all of it with window adjustments
  run(many_channels_with_bytes(*this));
  EXPECT_TRUE(run_until([this] { return served[0]->ended.load(); }));
  EXPECT_TRUE(served[0]->handler.limits.empty()) << described();
}

TEST_F(Limits, the_eleventh_session_channel_is_denied) {
  attack([](RawClient& client) {
    ASSERT_TRUE(client.log_in());
    std::vector<ssh_channel> open;
    for (int i = 0; i < 10; ++i) open.push_back(client.open_session());
    EXPECT_EQ(std::ranges::count(open, nullptr), 0);
    EXPECT_EQ(client.open_session(), nullptr);
    ssh_channel_close(open[3]);  // its place is free again when both sides have closed it
    ssh_channel_poll_timeout(open[3], 5000, 0);
    ssh_channel_free(open[3]);
    EXPECT_NE(client.open_session(), nullptr);
    ssh_disconnect(client.session());
  });
  EXPECT_TRUE(reached(LimitKind::command_channels)) << described();
}

TEST_F(Limits, a_long_command_line_is_denied) {
  attack([](RawClient& client) {
    ASSERT_TRUE(client.log_in());
    EXPECT_NE(ssh_channel_request_exec(client.open_session(), std::string(4097, 'x').c_str()), SSH_OK);
    EXPECT_EQ(ssh_channel_request_exec(client.open_session(), std::string(4096, 'x').c_str()), SSH_OK);
    ssh_disconnect(client.session());
  });
  EXPECT_TRUE(reached(LimitKind::command_bytes)) << described();
  EXPECT_EQ(served[0]->handler.commands.size(), 1U);
}

TEST_F(Limits, a_channel_runs_one_command) {
  attack([](RawClient& client) {
    ASSERT_TRUE(client.log_in());
    const ssh_channel session = client.open_session();
    EXPECT_EQ(ssh_channel_request_exec(session, "cat"), SSH_OK);
    EXPECT_NE(ssh_channel_request_exec(session, "cat"), SSH_OK);
    EXPECT_NE(ssh_channel_request_shell(session), SSH_OK);
    ssh_disconnect(client.session());
  });
  EXPECT_EQ(served[0]->handler.commands.size(), 1U);
}

TEST_F(Limits, a_peer_that_ignores_the_window_is_cut) {
  limits.channel_bytes = 100'000;  // libssh keeps to its window of 1.28 MB, so it is the limit that is made small
  attack([](RawClient& client) {
    ASSERT_TRUE(client.log_in());
    const ssh_channel session = client.open_session();
    ASSERT_EQ(ssh_channel_request_exec(session, "hold"), SSH_OK);
    const std::string bytes(32'000, 'x');
    for (int i = 0; i < 100 && client.alive(); ++i) ssh_channel_write(session, bytes.data(), 32'000);
  });
  EXPECT_TRUE(reached(LimitKind::channel_bytes)) << described();
}

asio::awaitable<void> write_quietly(net::ByteStream& stream, std::string bytes) {
  try {
    co_await stream.write(bytes);
  } catch (const std::system_error&) {
  }
}

/// A client that does not learn of our close: the way back to it is cut.
asio::awaitable<void> sends_after_close(Limits& t) {
  const auto wire = std::make_shared<CuttableWire>(t.loop.get_executor(), t.acceptor.local_endpoint());
  t.clients.spawn(run_wire(wire));
  tcp::socket socket(t.loop);
  co_await socket.async_connect({asio::ip::address_v4::loopback(), wire->port()}, asio::use_awaitable);
  auto client = co_await ClientSession::log_in(std::move(socket), t.client_options(), t.workers);
  t.clients.spawn(t.run_client(*client));
  co_await t.wait_logged_in(1);
  const auto relay = co_await t.served[0]->session->open_forwarded("x", 25, *Endpoint::parse("192.0.2.1:1"));
  const auto arrived = co_await client->accept_forwarded();
  co_await arrived.channel->write(std::string(10'000, 'x'));
  co_await read_exactly(*relay, 10'000);
  co_await relay->write("the window is wide open now");
  co_await read_exactly(*arrived.channel, 27);
  wire->cut_back();
  relay->close();
  t.clients.spawn(write_quietly(*arrived.channel, std::string(500'000, 'x')));
  while (!t.served[0]->ended) co_await sleep_for(5ms);
  wire->close();
  while (t.client_ends.empty()) co_await sleep_for(5ms);
}

TEST_F(Limits, a_peer_that_sends_on_after_our_close_is_cut) {
  limits.discarded_bytes = 50'000;
  run(sends_after_close(*this));
  EXPECT_TRUE(reached(LimitKind::discarded_bytes)) << described();
}

asio::awaitable<void> ask_without_reading(Limits& t) {
  const auto wire = std::make_shared<CuttableWire>(t.loop.get_executor(), t.acceptor.local_endpoint());
  t.clients.spawn(run_wire(wire));
  const std::function<int()> work = [&t, wire] {
    RawClient client(wire->port(), t.user_key);
    EXPECT_TRUE(client.log_in());
    wire->cut_back();
    ssh_set_blocking(client.session(), 0);
    for (int i = 0; i < 400'000 && client.alive() && !t.served[0]->ended; ++i) {
      ssh_channel_open_forward(ssh_channel_new(client.session()), "127.0.0.1", 22, "127.0.0.1", 1);
    }
    return 0;
  };
  co_await t.workers.run(work);
  wire->close();
}

TEST_F(Limits, a_peer_that_asks_without_reading_the_answers_is_cut) {
  limits.backlog_bytes = 20'000;
  limits.refused_requests = 1'000'000;
  server_send_buffer = 4096;
  run(ask_without_reading(*this), 100s);
  EXPECT_TRUE(run_until([this] { return served[0]->ended.load(); }));
  EXPECT_TRUE(reached(LimitKind::backlog_bytes)) << described();
}

asio::awaitable<bool> opens(ServerSession& session, std::chrono::milliseconds limit) {
  try {
    co_await net::with_deadline(session.open_forwarded("smtp-delivery", 25, *Endpoint::parse("192.0.2.1:1")), limit);
  } catch (const std::system_error& error) {
    co_return error.code() != asio::error::no_buffer_space;
  }
  co_return true;
}

asio::awaitable<void> suspended_client(Limits& t) {
  Program ssh(t.loop.get_executor(), stock_ssh(t, {"-N", "-R", "smtp-delivery:25:127.0.0.1:1"}));
  co_await t.wait_logged_in(1);
  EXPECT_TRUE(co_await t.served[0]->session->probe(10s));
  ssh.signal(SIGSTOP);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(co_await opens(*t.served[0]->session, 1ms));
  EXPECT_FALSE(co_await opens(*t.served[0]->session, 1ms));
  EXPECT_TRUE(t.reached(LimitKind::unconfirmed_opens)) << t.described();
  EXPECT_FALSE(t.served[0]->ended);
  ssh.signal(SIGCONT);
  EXPECT_TRUE(co_await t.served[0]->session->probe(10s));
  while (!co_await opens(*t.served[0]->session, 10s)) co_await sleep_for(5ms);  // the abandoned ones are answered
}

TEST_F(Limits, openings_that_a_suspended_client_does_not_answer_are_bounded) {
  limits.unconfirmed_opens = 3;
  run(suspended_client(*this));
}

asio::awaitable<void> unconfirmed_closes(Limits& t) {
  auto pair = co_await t.open_pair();
  std::vector<std::unique_ptr<Channel>> relay;
  std::vector<ForwardedChannel> client;
  for (int i = 0; i < 8; ++i) {
    relay.push_back(co_await pair.served->session->open_forwarded("x", 25, *Endpoint::parse("192.0.2.1:1")));
    client.push_back(co_await pair.client->accept_forwarded());  // never closed by us
  }
  for (int i = 0; i < 5; ++i) relay[static_cast<std::size_t>(i)]->close();
  co_await sleep_for(50ms);
  EXPECT_FALSE(pair.served->ended) << t.described();
  relay.clear();
  while (!pair.served->ended) co_await sleep_for(5ms);
}

TEST_F(Limits, channels_whose_close_is_never_confirmed_are_bounded) {
  limits.unconfirmed_closes = 5;
  run(unconfirmed_closes(*this));
  EXPECT_TRUE(reached(LimitKind::unconfirmed_closes)) << described();
}

asio::awaitable<void> full_queue(Host& t) {
  ClientOptions options = t.client_options();
  options.accept_queue = 2;
  auto pair = co_await t.open_pair(std::move(options));
  const Endpoint sender = *Endpoint::parse("192.0.2.1:1");
  std::vector<std::unique_ptr<Channel>> channels;
  for (int i = 0; i < 2; ++i) channels.push_back(co_await pair.served->session->open_forwarded("x", 25, sender));
  bool denied = false;
  try {
    co_await pair.served->session->open_forwarded("x", 25, sender);
  } catch (const std::system_error& error) {
    denied = error.code() == asio::error::connection_refused;
  }
  EXPECT_TRUE(denied);
  co_await pair.client->accept_forwarded();
  channels.push_back(co_await pair.served->session->open_forwarded("x", 25, sender));
}

TEST_F(Limits, a_client_that_does_not_accept_denies_further_channels) { run(full_queue(*this)); }

}  // namespace
}  // namespace sisu::ssh::test
