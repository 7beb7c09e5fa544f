// Channels that their peer closes as soon as it has them.
#include "tests/unit/ssh/session_fixture.hpp"

#include <thread>

namespace sisu::ssh::test {
namespace {

class Opening : public SessionTest {};

asio::awaitable<void> take_and_close(Host& client_side, std::uint16_t port) {
  ClientOptions options = client_side.client_options();
  options.port = port;
  tcp::socket socket(client_side.loop);
  co_await socket.async_connect({asio::ip::address_v4::loopback(), port}, asio::use_awaitable);
  auto client = co_await ClientSession::log_in(std::move(socket), std::move(options), client_side.workers);
  client_side.clients.spawn(client_side.run_client(*client));
  try {
    for (;;) co_await client->accept_forwarded();
  } catch (const std::system_error&) {  // the other side has seen enough
  }
}

asio::awaitable<void> unwanted(Host& t) {
  co_await t.wait_logged_in(1);
  ServerSession& session = *t.served[0]->session;
  const Endpoint sender = *Endpoint::parse("192.0.2.1:4000");
  for (int i = 0; i < 300; ++i) {
    const auto channel = co_await net::with_deadline(session.open_forwarded("x", 25, sender), 20s);
    EXPECT_EQ(co_await read_all(*channel), "");
  }
  int abandoned = 0;
  for (int i = 0; i < 300; ++i) {
    try {
      co_await net::with_deadline(session.open_forwarded("x", 25, sender), 0ms);
    } catch (const std::system_error&) {
      ++abandoned;
    }
  }
  EXPECT_GT(abandoned, 0);
  EXPECT_TRUE(co_await session.probe(20s));
  EXPECT_FALSE(t.served[0]->ended) << t.served[0]->end_reason;
  session.disconnect("that is all");
}

/// From a client on a thread of its own the confirmation of a channel and its close are often one segment.
TEST_F(Opening, that_is_confirmed_and_closed_in_one_breath_was_confirmed) {
  std::jthread other([host_key = host_key, user_key = user_key, to = port()] {
    Host client_side;
    client_side.host_key = host_key;
    client_side.user_key = user_key;
    client_side.run(take_and_close(client_side, to));
  });
  run(unwanted(*this));
}

}  // namespace
}  // namespace sisu::ssh::test
