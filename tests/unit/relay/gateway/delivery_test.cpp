// Senders' connections through a whole relay: what the client gets, what the sender gets, and the limits on both.
#include "common/net/address_conversion.hpp"
#include "proto/proxy_v2.hpp"
#include "tests/unit/relay/gateway/relay_fixture.hpp"

#include <asio/read.hpp>
#include <asio/write.hpp>

#include <sys/resource.h>

namespace sisu::relay::gateway::test {
namespace {

class DeliveryTest : public RelayTest {};

asio::awaitable<void> send(tcp::socket& socket, std::string_view bytes) {
  co_await asio::async_write(socket, asio::buffer(bytes.data(), bytes.size()), asio::use_awaitable);
}

asio::awaitable<proto::ParsedProxyHeader> read_preface(net::ByteStream& stream) {
  std::string bytes;
  for (;;) {
    const auto parsed = proto::parse_proxy_v2(bytes);
    if (!parsed) throw std::runtime_error(std::string(describe(parsed.error())));
    if (*parsed) co_return **parsed;
    bytes += co_await read_exactly(stream, proto::proxy_v2_missing(bytes));
  }
}

asio::awaitable<void> deliver(RelayTest& relay) {
  const auto client = co_await relay.present();
  auto sender = co_await relay.connect();
  const auto before = std::chrono::system_clock::now() - 60s;
  auto forwarded = co_await client->session->accept_forwarded();
  EXPECT_EQ(forwarded.connected_port, 25);
  EXPECT_EQ(forwarded.originator, net::from_asio(sender.local_endpoint()));
  const auto preface = co_await read_preface(*forwarded.channel);
  EXPECT_EQ(preface.header.addresses,
            (proto::ProxyAddresses{net::from_asio(sender.local_endpoint()), relay.tier1_address}));
  EXPECT_TRUE(preface.header.connection_id);
  EXPECT_GT(preface.header.accepted.value(), before);

  co_await forwarded.channel->write("220 hello\r\n");
  std::string banner(11, '\0');
  co_await asio::async_read(sender, asio::buffer(banner), asio::use_awaitable);
  EXPECT_EQ(banner, "220 hello\r\n");
  co_await send(sender, "QUIT\r\n");
  sender.shutdown(tcp::socket::shutdown_send);
  const std::string heard = co_await read_all(*forwarded.channel);
  EXPECT_EQ(heard, "QUIT\r\n");
  co_await forwarded.channel->write("221 bye\r\n");
  co_await forwarded.channel->finish();
  const std::string bye = co_await read_all(sender);
  EXPECT_EQ(bye, "221 bye\r\n");
}

TEST_F(DeliveryTest, the_preface_comes_first_then_bytes_both_ways_and_half_close) {
  start_relay();
  run(deliver(*this));
}

asio::awaitable<void> deliver_raw(RelayTest& relay) {
  const auto client = co_await relay.present("smtp-raw");
  auto sender = co_await relay.connect();
  auto forwarded = co_await client->session->accept_forwarded();
  co_await send(sender, "EHLO\r\n");
  const std::string first = co_await read_exactly(*forwarded.channel, 6);
  EXPECT_EQ(first, "EHLO\r\n");
}

TEST_F(DeliveryTest, smtp_raw_has_no_preface) {
  start_relay();
  run(deliver_raw(*this));
}

asio::awaitable<void> close_channel(RelayTest& relay) {
  const auto client = co_await relay.present("smtp-raw");
  auto sender = co_await relay.connect();
  auto forwarded = co_await client->session->accept_forwarded();
  co_await forwarded.channel->write("421 bye\r\n");
  forwarded.channel.reset();
  const std::string heard = co_await read_all(sender);
  EXPECT_EQ(heard, "421 bye\r\n");
}

TEST_F(DeliveryTest, a_channel_that_the_client_closes_ends_the_senders_connection) {
  start_relay();
  run(close_channel(*this));
}

asio::awaitable<void> end_session(RelayTest& relay) {
  auto client = co_await relay.present("smtp-raw");
  auto sender = co_await relay.connect();
  auto forwarded = co_await client->session->accept_forwarded();
  co_await forwarded.channel->write("x");
  std::string first(1, '\0');
  co_await asio::async_read(sender, asio::buffer(first), asio::use_awaitable);
  client->session->disconnect("leaving");
  const std::string rest = co_await read_all(sender);
  EXPECT_EQ(rest, "");
  co_await relay.until_refused();
}

TEST_F(DeliveryTest, the_end_of_the_session_ends_its_connections_and_its_presence) {
  start_relay();
  run(end_session(*this));
}

asio::awaitable<void> expect_421(RelayTest& relay) {
  auto sender = co_await relay.connect();
  const std::string heard = co_await read_all(sender);
  EXPECT_EQ(heard, "421 4.7.0 too many connections, try again later\r\n");
}

asio::awaitable<void> fill(RelayTest& relay, std::size_t places) {
  const auto client = co_await relay.present("smtp-raw");
  std::vector<tcp::socket> senders;
  std::vector<ssh::ForwardedChannel> channels;
  for (std::size_t i = 0; i < places; ++i) {
    senders.push_back(co_await relay.connect());
    channels.push_back(co_await client->session->accept_forwarded());
  }
  co_await expect_421(relay);
  senders.pop_back();
  channels.pop_back();
  auto& usage = relay.environment->usage;
  co_await relay.until([&] { return usage.connections.total() == places - 1; });
  auto next = co_await relay.connect();
  const auto forwarded = co_await client->session->accept_forwarded();
  EXPECT_TRUE(forwarded.channel);
}

TEST_F(DeliveryTest, connections_per_user_are_limited) {
  limits.connections_per_user = 3;
  start_relay();
  run(fill(*this, 3));
  EXPECT_EQ(bitten(LimitName::connections_per_user), 1);
}

TEST_F(DeliveryTest, connections_per_source_are_limited) {
  limits.connections_per_source = 2;
  start_relay();
  run(fill(*this, 2));
  EXPECT_EQ(bitten(LimitName::connections_per_source), 1);
}

TEST_F(DeliveryTest, connections_from_one_address_are_limited) {
  limits.connections_per_address = 2;
  start_relay();
  run(fill(*this, 2));
  EXPECT_EQ(bitten(LimitName::connections_per_address), 1);
}

TEST_F(DeliveryTest, connections_from_one_prefix_are_limited) {
  limits.connections_per_prefix = 2;
  start_relay();
  run(fill(*this, 2));
  EXPECT_EQ(bitten(LimitName::connections_per_prefix), 1);
}

asio::awaitable<void> arrive(RelayTest& relay, std::size_t allowed) {
  const auto client = co_await relay.present("smtp-raw");
  for (std::size_t i = 0; i < allowed; ++i) {
    const auto sender = co_await relay.connect();
    const auto forwarded = co_await client->session->accept_forwarded();
  }
  co_await relay.until([&] { return relay.environment->usage.connections.total() == 0; });
  co_await expect_421(relay);  // none is open, but so many have come within a minute
}

TEST_F(DeliveryTest, new_connections_of_one_user_are_limited_per_minute) {
  limits.arrivals_per_user = 3;
  start_relay();
  run(arrive(*this, 3));
  EXPECT_EQ(bitten(LimitName::arrivals_per_user), 1);
}

TEST_F(DeliveryTest, new_connections_from_one_address_are_limited_per_minute) {
  limits.arrivals_per_address = 3;
  start_relay();
  run(arrive(*this, 3));
  EXPECT_EQ(bitten(LimitName::arrivals_per_address), 1);
}

TEST_F(DeliveryTest, new_connections_from_one_prefix_are_limited_per_minute) {
  limits.arrivals_per_prefix = 3;
  start_relay();
  run(arrive(*this, 3));
  EXPECT_EQ(bitten(LimitName::arrivals_per_prefix), 1);
}

asio::awaitable<void> short_of_memory(RelayTest& relay) {
  const auto client = co_await relay.present("smtp-raw");
  {
    const auto rest = relay.environment->usage.memory.reserve(relay.limits.memory - relay.limits.pipe_buffer);
    EXPECT_TRUE(rest);
    auto sender = co_await relay.connect();
    const std::string heard = co_await read_all(sender);
    EXPECT_EQ(heard, "421 4.7.0 the relay is short of memory, try again later\r\n");
  }
  auto next = co_await relay.connect();
  const auto forwarded = co_await client->session->accept_forwarded();
  EXPECT_TRUE(forwarded.channel);
  EXPECT_EQ(relay.environment->usage.memory.held(), 2 * relay.limits.pipe_buffer);
}

TEST_F(DeliveryTest, a_connection_whose_buffers_have_no_room_is_refused) {
  start_relay();
  run(short_of_memory(*this));
  EXPECT_EQ(bitten(LimitName::memory), 1);
}

asio::awaitable<void> swamp(ssh::Channel& channel) {
  const std::string bytes(64 * 1024, 'x');
  try {
    for (;;) co_await channel.write(bytes);
  } catch (const std::system_error&) {  // the session was cut
  }
}

/// The sender does not read: what the client writes stays in the relay.
asio::awaitable<void> hold_much(RelayTest& relay) {
  const auto greedy = co_await relay.present("smtp-raw");
  const auto modest = co_await relay.log_in();
  std::vector<tcp::socket> senders;
  std::vector<ssh::ForwardedChannel> channels;
  for (int i = 0; i < 8; ++i) {
    senders.push_back(co_await relay.connect());
    channels.push_back(co_await greedy->session->accept_forwarded());
    relay.clients.spawn(swamp(*channels.back().channel));
  }
  co_await relay.until([&] { return !greedy->end.empty(); });
  // What the relay says is not asked for: a client that still writes may hear a reset instead.
  EXPECT_EQ(modest->end, "");
  co_await relay.until([&] { return relay.environment->usage.memory.held() == 0; });
}

TEST_F(DeliveryTest, a_session_that_makes_the_relay_hold_too_much_is_cut_and_others_stay) {
  limits.memory = 4 * 1024 * 1024;
  start_relay();
  run(hold_much(*this));
  EXPECT_GE(bitten(LimitName::memory), 1);
}

TEST_F(DeliveryTest, connections_in_all_are_limited) {
  limits.connections = 2;
  start_relay();
  run(fill(*this, 2));
  EXPECT_EQ(bitten(LimitName::connections), 1);
}

asio::awaitable<void> say_nothing(RelayTest& relay) {
  const auto client = co_await relay.present("smtp-raw");
  auto sender = co_await relay.connect();
  const auto forwarded = co_await client->session->accept_forwarded();
  const std::string heard = co_await read_all(sender);
  EXPECT_EQ(heard, "");
}

TEST_F(DeliveryTest, a_silent_connection_is_cut) {
  limits.idle = 20ms;
  start_relay();
  run(say_nothing(*this));
  EXPECT_EQ(bitten(LimitName::idle), 1);
}

/// Sends until the connection is cut.
asio::awaitable<void> send_without_end(RelayTest& relay) {
  const auto client = co_await relay.present("smtp-raw");
  auto sender = co_await relay.connect();
  const auto forwarded = co_await client->session->accept_forwarded();
  const std::string block(100'000, 'x');
  try {
    for (;;) co_await send(sender, block);
  } catch (const std::system_error&) {
  }
}

TEST_F(DeliveryTest, a_client_that_takes_nothing_is_cut_from_the_sender) {
  limits.progress = 50ms;
  start_relay();
  run(send_without_end(*this));
  EXPECT_EQ(bitten(LimitName::progress), 1);
}

asio::awaitable<void> send_bytes(RelayTest& relay, std::size_t count) {
  const auto client = co_await relay.present("smtp-raw");
  auto sender = co_await relay.connect();
  const auto forwarded = co_await client->session->accept_forwarded();
  const std::string block(count, 'x');
  co_await send(sender, block);
  sender.shutdown(tcp::socket::shutdown_send);
  const std::string heard = co_await read_all(*forwarded.channel);
  EXPECT_EQ(heard.size(), count);
}

TEST_F(DeliveryTest, a_users_rate_slows_and_loses_nothing) {
  limits.user_rate = 1'000'000;
  start_relay();
  run(send_bytes(*this, 1'100'000));
  EXPECT_GE(bitten(LimitName::user_rate), 1);
}

long descriptors() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), std::filesystem::directory_iterator());
}

asio::awaitable<void> connect_many(RelayTest& relay, int rounds) {
  const auto client = co_await relay.present("smtp-raw");
  for (int i = 0; i < rounds; ++i) {
    auto sender = co_await relay.connect();
    auto forwarded = co_await client->session->accept_forwarded();
    co_await send(sender, "x");
    sender.close();
    co_await read_all(*forwarded.channel);
  }
  co_await relay.until([&] { return relay.environment->usage.connections.total() == 0; });
}

TEST_F(DeliveryTest, connections_leave_nothing_behind) {
  start_relay();
  run(connect_many(*this, 3));
  const long before = descriptors();
  run(connect_many(*this, 300));
  EXPECT_LE(descriptors(), before + 3);  // the second client's own
}

}  // namespace
}  // namespace sisu::relay::gateway::test
