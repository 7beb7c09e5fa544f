// Both ends of ours against each other: log-in, commands, forwarded channels.
#include "tests/unit/ssh/session_fixture.hpp"

#include <asio/steady_timer.hpp>

namespace sisu::ssh::test {
namespace {

class Session : public SessionTest {};

asio::awaitable<std::string> run_command(ClientSession& client, std::string line) {
  const auto channel = co_await client.exec(std::move(line));
  std::string text = co_await read_all(*channel);
  text += channel->error_text();
  text += "=" + std::to_string(channel->exit_status());
  co_return text;
}

TEST_F(Session, logs_in_and_runs_commands) {
  run([](SessionTest& t) -> asio::awaitable<void> {
    auto pair = co_await t.open_pair();
    EXPECT_EQ(pair.served->handler.user, "niklas");
    EXPECT_EQ(pair.served->handler.fingerprint, t.user_key.public_key().fingerprint());
    EXPECT_EQ(co_await run_command(*pair.client, "echo hello"), "hello\n=0");
    EXPECT_EQ(co_await run_command(*pair.client, "nonsense"), "no such command\n=2");
  }(*this));
}

TEST_F(Session, forwards_channels_with_the_senders_address) {
  run([](SessionTest& t) -> asio::awaitable<void> {
    auto pair = co_await t.open_pair();
    co_await pair.client->request_forward("smtp-delivery", 25);
    EXPECT_TRUE(pair.served->handler.forwards.contains({"smtp-delivery", 25}));
    const Endpoint sender = *Endpoint::parse("[2001:db8::7]:40001");
    auto ours = co_await pair.served->session->open_forwarded("smtp-delivery", 25, sender);
    auto arrived = co_await pair.client->accept_forwarded();
    EXPECT_EQ(arrived.connected_address, "smtp-delivery");
    EXPECT_EQ(arrived.connected_port, 25);
    EXPECT_EQ(arrived.originator, sender);
    co_await arrived.channel->write("220 hello\r\n");
    EXPECT_EQ(co_await read_exactly(*ours, 11), "220 hello\r\n");
    co_await ours->write("QUIT\r\n");
    co_await ours->finish();
    EXPECT_EQ(co_await read_all(*arrived.channel), "QUIT\r\n");
    co_await arrived.channel->write("221 bye\r\n");  // half-closed: the other way still works
    co_await arrived.channel->finish();
    EXPECT_EQ(co_await read_all(*ours), "221 bye\r\n");
  }(*this));
}

}  // namespace
}  // namespace sisu::ssh::test
