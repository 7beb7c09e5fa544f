// Both ends of ours against each other: log-in, commands, forwarded channels.
#include "common/net/tcp_stream.hpp"
#include "tests/unit/ssh/program.hpp"
#include "tests/unit/ssh/session_fixture.hpp"

#include <asio/steady_timer.hpp>

#include <cstdlib>

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
  run([](Host& t) -> asio::awaitable<void> {
    auto pair = co_await t.open_pair();
    EXPECT_EQ(pair.served->handler.user, "niklas");
    EXPECT_EQ(pair.served->handler.fingerprint, t.user_key.public_key().fingerprint());
    EXPECT_EQ(co_await run_command(*pair.client, "echo hello"), "hello\n=0");
    EXPECT_EQ(co_await run_command(*pair.client, "nonsense"), "no such command\n=2");
  }(*this));
}

TEST_F(Session, forwards_channels_with_the_senders_address) {
  run([](Host& t) -> asio::awaitable<void> {
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

// --- Log-ins that fail

struct Failure {
  LoginFailure kind = LoginFailure::connection;
  std::string what = "it did not fail";
};

asio::awaitable<void> fail_to_log_in(Host& t, ClientOptions options, Failure& failure) {
  try {
    co_await t.log_in(std::move(options));
  } catch (const LoginError& error) {
    failure = {error.kind(), error.what()};
  }
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST_F(Session, a_refused_key_is_told_with_the_servers_reason) {
  prepare = [](Handler& handler) { handler.refuse_login = "the name niklas\x1b[2J belongs to another key"; };
  Failure failure;
  run(fail_to_log_in(*this, client_options(), failure));
  EXPECT_EQ(failure.kind, LoginFailure::key_refused);
  EXPECT_TRUE(contains(failure.what, "belongs to another key")) << failure.what;
  EXPECT_TRUE(contains(failure.what, user_key.public_key().fingerprint())) << failure.what;
  EXPECT_FALSE(contains(failure.what, "\x1b")) << "control characters of the server reach the terminal";
  EXPECT_FALSE(contains(failure.what, "\n"));
}

TEST_F(Session, a_refused_host_key_ends_it_before_the_users_key_is_shown) {
  ClientOptions options = client_options();
  options.verify_host_key = [](const PublicKey& key) -> Result<void, KeyError> {
    return fail(KeyError{"the host key changed to " + key.fingerprint()});
  };
  Failure failure;
  run(fail_to_log_in(*this, std::move(options), failure));
  EXPECT_EQ(failure.kind, LoginFailure::host_key_refused);
  EXPECT_EQ(failure.what, "the host key changed to " + host_key.public_key().fingerprint());
  EXPECT_TRUE(run_until([this] { return served[0]->ended.load(); }));
  EXPECT_EQ(served[0]->handler.user, "");
}

asio::awaitable<void> speak_no_ssh(Host& t, tcp::acceptor& acceptor, std::string text) {
  auto socket = co_await acceptor.async_accept(asio::use_awaitable);
  net::TcpStream stream(std::move(socket));
  co_await stream.write(text);
  (void)t;
}

asio::awaitable<void> log_in_at(Host& t, std::uint16_t port, Failure& failure) {
  tcp::socket socket(t.loop);
  co_await socket.async_connect({asio::ip::address_v4::loopback(), port}, asio::use_awaitable);
  try {
    co_await ClientSession::log_in(std::move(socket), t.client_options(), t.workers);
  } catch (const LoginError& error) {
    failure = {error.kind(), error.what()};
  }
}

TEST_F(Session, a_server_that_speaks_no_ssh_is_a_broken_connection) {
  for (const std::string text :
       {"", "HTTP/1.1 400 Bad Request\r\n\r\n", "SSH-1.5-old\r\n", "SSH-2.0-x\r\nrubbish rubbish rubbish"}) {
    tcp::acceptor other(loop, {asio::ip::address_v4::loopback(), 0});
    clients.spawn(speak_no_ssh(*this, other, text));
    Failure failure;
    run(log_in_at(*this, other.local_endpoint().port(), failure));
    EXPECT_EQ(failure.kind, LoginFailure::connection);
    EXPECT_TRUE(contains(failure.what, "127.0.0.1:")) << failure.what;
  }
}

TEST_F(Session, without_a_key_and_an_agent_it_says_what_is_missing) {
  ::unsetenv("SSH_AUTH_SOCK");
  ClientOptions options = client_options();
  options.key.reset();
  Failure failure;
  run(fail_to_log_in(*this, std::move(options), failure));
  EXPECT_EQ(failure.kind, LoginFailure::key_refused);
  EXPECT_TRUE(contains(failure.what, "SSH_AUTH_SOCK")) << failure.what;
}

asio::awaitable<void> with_agent(Host& t, std::string socket_path) {
  Program agent(t.loop.get_executor(), {"ssh-agent", "-D", "-a", socket_path});
  const bool listening = co_await agent.wait_for("SSH_AUTH_SOCK");
  EXPECT_TRUE(listening);
  ::setenv("SSH_AUTH_SOCK", socket_path.c_str(), 1);
  ClientOptions options = t.client_options();
  options.key.reset();
  Failure empty;
  co_await fail_to_log_in(t, options, empty);
  EXPECT_EQ(empty.kind, LoginFailure::key_refused) << empty.what;
  Program add(t.loop.get_executor(), {"ssh-add", "-q", t.key_file().string()});
  const auto added = co_await add.wait();
  EXPECT_EQ(added.status, 0) << added.output;
  auto pair = co_await t.open_pair(options);
  EXPECT_EQ(pair.served->handler.fingerprint, t.user_key.public_key().fingerprint());
  ::unsetenv("SSH_AUTH_SOCK");
}

TEST_F(Session, logs_in_with_a_key_of_the_ssh_agent) {
  sisu::test::ScratchDirectory scratch;
  run(with_agent(*this, (scratch / "agent").string()));
}

// --- Global requests

asio::awaitable<bool> forward_is_refused(ClientSession& client, std::string address) {
  bool refused = false;
  try {
    co_await client.request_forward(std::move(address), 25);
  } catch (const std::system_error& error) {
    refused = error.code() == asio::error::no_permission;
  }
  co_return refused;
}

asio::awaitable<void> forward_requests(Host& t) {
  auto pair = co_await t.open_pair();
  Handler& handler = pair.served->handler;
  handler.grant_forwards = false;
  EXPECT_TRUE(co_await forward_is_refused(*pair.client, "smtp-delivery"));
  handler.grant_forwards = true;
  EXPECT_FALSE(co_await forward_is_refused(*pair.client, "smtp-delivery"));
  EXPECT_TRUE(co_await forward_is_refused(*pair.client, "smtp-delivery")) << "twice";
  co_await pair.client->cancel_forward("smtp-delivery", 25);
  EXPECT_TRUE(handler.forwards.empty());
  // Cancelled half way: the next one must not take the answer of the first for its own.
  handler.grant_forwards = false;
  try {
    co_await net::with_deadline(pair.client->request_forward("first", 25), 0ms);
  } catch (const std::system_error&) {
  }
  EXPECT_TRUE(co_await pair.served->session->probe(10s));  // by now it is refused
  handler.grant_forwards = true;
  EXPECT_FALSE(co_await forward_is_refused(*pair.client, "second"));
  EXPECT_EQ(handler.forwards.size(), 1U);
}

TEST_F(Session, forward_requests_get_their_own_answers) { run(forward_requests(*this)); }

asio::awaitable<void> cancelled_run(Host& t) {
  auto client = co_await t.log_in(t.client_options());
  try {
    co_await net::with_deadline(client->run(), 30ms);
    ADD_FAILURE() << "it ended by itself";
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code(), asio::error::timed_out);
  }
  bool refused = false;
  try {
    co_await client->exec("echo");
  } catch (const std::system_error&) {
    refused = true;
  }
  EXPECT_TRUE(refused);
}

TEST_F(Session, a_cancelled_client_takes_its_leave) {
  run(cancelled_run(*this));
  EXPECT_TRUE(run_until([this] { return served[0]->ended.load(); }));
  EXPECT_TRUE(contains(served[0]->end_reason, "the client was stopped")) << served[0]->end_reason;
}

}  // namespace
}  // namespace sisu::ssh::test
