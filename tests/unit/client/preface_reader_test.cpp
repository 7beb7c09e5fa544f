#include "client/inbound/preface_reader.hpp"

#include "tests/support/memory_stream.hpp"
#include "tests/support/run_coroutine.hpp"

#include <gtest/gtest.h>

#include <array>

namespace sisu::client {
namespace {

proto::Preface sample(const char* source = "[2001:db8::1]:40000", const char* destination = "[2001:db8:5157::7]:25") {
  return {*Endpoint::parse(source), *Endpoint::parse(destination), ConnectionId::random(),
          proto::AcceptedTime(std::chrono::milliseconds(1'700'000'000'123))};
}

asio::awaitable<void> send(net::ByteStream& stream, std::string bytes) {
  co_await stream.write(bytes);
  co_await stream.finish();
}

asio::awaitable<void> receive(net::ByteStream& stream, proto::ProxyHeader& header, std::string& said,
                              std::string& rest) {
  try {
    header = co_await read_preface(stream);
  } catch (const PrefaceError& error) {
    said = error.what();
    co_return;
  }
  std::array<char, 100> buffer{};
  for (;;) {
    const std::size_t count = co_await stream.read_some(buffer);
    if (count == 0) break;
    rest.append(buffer.data(), count);
  }
}

struct Outcome {
  proto::ProxyHeader header;
  std::string said;
  std::string rest;
};

Outcome read_from(const std::string& bytes, std::size_t chunk = SIZE_MAX) {
  asio::io_context loop;
  const auto streams = test::make_memory_streams(loop.get_executor(), {.chunk = chunk});
  Outcome outcome;
  test::run_all(loop, send(*streams.left, bytes), receive(*streams.right, outcome.header, outcome.said, outcome.rest));
  return outcome;
}

TEST(PrefaceReader, takes_the_header_and_leaves_what_follows_whatever_the_pieces) {
  const proto::Preface preface = sample();
  for (const std::size_t chunk : {std::size_t{1}, std::size_t{7}, std::size_t{16}, std::size_t{17}, SIZE_MAX}) {
    const Outcome outcome = read_from(proto::format_preface(preface) + "EHLO x\r\n", chunk);
    EXPECT_EQ(outcome.said, "");
    ASSERT_TRUE(outcome.header.addresses);
    EXPECT_EQ(outcome.header.addresses->source, preface.source);
    EXPECT_EQ(outcome.header.connection_id, preface.connection_id);
    EXPECT_EQ(outcome.rest, "EHLO x\r\n") << chunk;
  }
}

TEST(PrefaceReader, refuses_what_is_no_header) {
  const std::string good = proto::format_preface(sample());
  std::string too_long = good;
  too_long[14] = '\x20';  // 8 KiB and more to follow
  for (const std::string& bytes :
       {std::string("EHLO sender.test\r\n"), std::string("PROXY TCP4 192.0.2.1 192.0.2.2 1 25\r\n"), std::string(),
        good.substr(0, 5), good.substr(0, 16), good.substr(0, good.size() - 1), too_long, std::string(5000, '\0')}) {
    EXPECT_NE(read_from(bytes).said, "") << bytes.size();
    EXPECT_NE(read_from(bytes, 1).said, "") << bytes.size();
  }
}

proto::ProxyHeader header_of(const proto::Preface& preface) {
  return proto::parse_proxy_v2(proto::format_preface(preface)).value()->header;
}

TEST(RequireDelivery, gives_what_the_relay_said) {
  const proto::Preface preface = sample();
  const proto::Preface taken = require_delivery(header_of(preface), Network::internet);
  EXPECT_EQ(taken.source, preface.source);
  EXPECT_EQ(taken.destination, preface.destination);
  EXPECT_EQ(taken.connection_id, preface.connection_id);
  EXPECT_EQ(taken.accepted, preface.accepted);
}

TEST(RequireDelivery, refuses_a_header_without_addresses_or_connection_id) {
  proto::ProxyHeader without_id = header_of(sample());
  without_id.connection_id.reset();
  EXPECT_THROW(require_delivery(without_id, Network::development), PrefaceError);
  proto::ProxyHeader without_addresses = header_of(sample());
  without_addresses.addresses.reset();
  EXPECT_THROW(require_delivery(without_addresses, Network::development), PrefaceError);
}

TEST(RequireDelivery, refuses_sources_that_cannot_come_from_the_internet) {
  struct Case {
    const char* source;
    const char* destination;
  };
  for (const Case& one : {Case{"127.0.0.1:1", "192.0.2.7:25"}, Case{"10.1.2.3:1", "192.0.2.7:25"},
                          Case{"192.168.1.1:1", "192.0.2.7:25"}, Case{"[::1]:1", "[2001:db8::7]:25"},
                          Case{"[fe80::1]:1", "[2001:db8::7]:25"}, Case{"[fd00::1]:1", "[2001:db8::7]:25"},
                          Case{"[ff02::1]:1", "[2001:db8::7]:25"}, Case{"[2001:db8::7]:1", "[2001:db8::7]:25"}}) {
    EXPECT_THROW(require_delivery(header_of(sample(one.source, one.destination)), Network::internet), PrefaceError)
        << one.source;
  }
}

TEST(RequireDelivery, lets_loopback_pass_in_development_and_multicast_never) {
  EXPECT_NO_THROW(require_delivery(header_of(sample("127.0.0.1:1", "127.0.0.1:25")), Network::development));
  EXPECT_THROW(require_delivery(header_of(sample("224.0.0.1:1", "127.0.0.1:25")), Network::development), PrefaceError);
  EXPECT_THROW(require_delivery(header_of(sample("0.0.0.0:1", "127.0.0.1:25")), Network::development), PrefaceError);
}

TEST(TakeAddresses, a_proxy_names_the_sender_and_the_local_command_nobody) {
  smtp::ConnectionInfo connection;
  connection.peer = *Endpoint::parse("127.0.0.1:5000");
  take_addresses(header_of(sample()), connection);
  EXPECT_EQ(connection.peer.to_string(), "[2001:db8::1]:40000");
  EXPECT_EQ(connection.local.to_string(), "[2001:db8:5157::7]:25");

  smtp::ConnectionInfo untouched;
  untouched.peer = *Endpoint::parse("127.0.0.1:5000");
  take_addresses(proto::ProxyHeader{.addresses = {}, .local_command = true, .connection_id = {}, .accepted = {}},
                 untouched);
  EXPECT_EQ(untouched.peer.to_string(), "127.0.0.1:5000");
  EXPECT_THROW(take_addresses(header_of(sample("[ff02::1]:1", "[2001:db8::7]:25")), untouched), PrefaceError);
}

}  // namespace
}  // namespace sisu::client
