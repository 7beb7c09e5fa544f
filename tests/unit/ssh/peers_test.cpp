// Stock OpenSSH against our server, and our client against stock sshd.
#include "common/net/tcp_stream.hpp"
#include "tests/unit/ssh/program.hpp"
#include "tests/unit/ssh/session_fixture.hpp"

#include <asio/steady_timer.hpp>

#include <cstdlib>
#include <unistd.h>

namespace sisu::ssh::test {
namespace {

class Peers : public SessionTest {
 public:
  Program::Result ssh(std::vector<std::string> options, std::vector<std::string> command = {}, std::string input = "") {
    Program::Result result;
    run(run_ssh(*this, stock_ssh(*this, std::move(options), std::move(command)), std::move(input), result));
    return result;
  }

 private:
  static asio::awaitable<void> run_ssh(Host& t, std::vector<std::string> words, std::string input,
                                       Program::Result& result) {
    Program program(t.loop.get_executor(), std::move(words), std::move(input));
    result = co_await net::with_deadline(program.wait(), 30s);
  }
};

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// --- ssh

TEST_F(Peers, ssh_runs_a_command_and_gets_its_status) {
  const auto done = ssh({"-q"}, {"echo", "hello", "world"});
  EXPECT_EQ(done.status, 0);
  EXPECT_EQ(done.output, "hello world\n");
  const auto failed = ssh({"-q"}, {"nonsense"});
  EXPECT_EQ(failed.status, 2);
  EXPECT_EQ(failed.output, "no such command\n");
  EXPECT_EQ(served[0]->session->peer().address.to_string(), "127.0.0.1");
}

TEST_F(Peers, ssh_pipes_standard_input_through_a_command) {
  const auto done = ssh({"-q"}, {"cat"}, std::string(50'000, 'x'));
  EXPECT_EQ(done.status, 0);
  EXPECT_EQ(done.output, std::string(50'000, 'x'));
}

TEST_F(Peers, ssh_sees_why_its_log_in_is_refused) {
  prepare = [](Handler& handler) { handler.refuse_login = "the name niklas belongs to another key"; };
  const auto done = ssh({}, {"echo"});
  EXPECT_EQ(done.status, 255);
  EXPECT_TRUE(contains(done.output, "the name niklas belongs to another key")) << done.output;
  EXPECT_TRUE(contains(done.output, "Permission denied (publickey)")) << done.output;
}

TEST_F(Peers, ssh_reads_why_other_kinds_of_keys_are_refused_and_may_go_on_to_one_that_fits) {
  const std::string rsa = (key_file().parent_path() / "rsa").string();
  const std::string made = "ssh-keygen -q -t rsa -b 2048 -N '' -f '" + rsa + "'";
  ASSERT_EQ(std::system(made.c_str()), 0);
  const auto done = ssh({"-i", rsa}, {"echo", "ok"});
  EXPECT_EQ(done.status, 0);
  EXPECT_TRUE(contains(done.output, "only ed25519 keys are taken here")) << done.output;
  EXPECT_TRUE(contains(done.output, "ok")) << done.output;
}

TEST_F(Peers, ssh_negotiates_strict_key_exchange_and_modern_algorithms) {
  const auto done = ssh({"-vvv"}, {"echo", "ok"});
  EXPECT_EQ(done.status, 0);
  EXPECT_TRUE(contains(done.output, "will use strict KEX ordering")) << done.output;  // Terrapin: CVE-2023-48795
  EXPECT_TRUE(contains(done.output, "kex: algorithm: curve25519-sha256")) << done.output;
  EXPECT_TRUE(contains(done.output, "kex: host key algorithm: ssh-ed25519")) << done.output;
  EXPECT_TRUE(contains(done.output, "cipher: chacha20-poly1305@openssh.com MAC: <implicit> compression: none"))
      << done.output;
  EXPECT_TRUE(contains(done.output, "Authentications that can continue: publickey\n") ||
              contains(done.output, "Authentications that can continue: publickey\r\n"))
      << done.output;
}

TEST_F(Peers, ssh_may_choose_aes_gcm) {
  for (const std::string cipher : {"aes128-gcm@openssh.com", "aes256-gcm@openssh.com"}) {
    const auto done = ssh({"-q", "-c", cipher}, {"echo", "ok"});
    EXPECT_EQ(done.output, "ok\n") << cipher;
  }
}

TEST_F(Peers, ssh_finds_nothing_weaker) {
  const std::vector<std::vector<std::string>> refused = {
      {"-c", "aes256-ctr"},
      {"-o", "KexAlgorithms=ecdh-sha2-nistp256"},
      {"-o", "KexAlgorithms=diffie-hellman-group14-sha256"},
      {"-o", "HostKeyAlgorithms=rsa-sha2-512"},
  };
  for (const auto& options : refused) {
    const auto done = ssh(options, {"echo", "ok"});
    EXPECT_EQ(done.status, 255) << options[1];
    EXPECT_TRUE(contains(done.output, "no matching")) << done.output;
  }
  const auto compressed = ssh({"-v", "-C"}, {"echo", "ok"});
  EXPECT_TRUE(contains(compressed.output, "compression: none")) << compressed.output;
}

TEST_F(Peers, ssh_is_offered_public_keys_only) {
  const auto done =
      ssh({"-o", "PreferredAuthentications=password,keyboard-interactive", "-o", "BatchMode=yes"}, {"echo"});
  EXPECT_EQ(done.status, 255);
  EXPECT_TRUE(contains(done.output, "Permission denied (publickey)")) << done.output;
}

TEST_F(Peers, ssh_gets_a_shell_with_and_without_a_terminal) {
  const auto plain = ssh({"-q", "-T"}, {}, "one\n");
  EXPECT_EQ(plain.output, "hello\none\n");
  const auto terminal = ssh({"-q", "-tt"}, {}, "one\4");
  EXPECT_TRUE(contains(terminal.output, "hello, terminal")) << terminal.output;
  EXPECT_TRUE(contains(terminal.output, "one")) << terminal.output;
}

TEST_F(Peers, ssh_gets_no_subsystem_and_no_dynamic_forwarding) {
  const auto subsystem = ssh({"-s"}, {"sftp"});
  EXPECT_TRUE(contains(subsystem.output, "subsystem request failed")) << subsystem.output;
  const auto forward = ssh({"-W", "127.0.0.1:22"});
  EXPECT_TRUE(contains(forward.output, "administratively prohibited")) << forward.output;
}

TEST_F(Peers, ssh_with_eight_wrong_keys_is_cut) {
  prepare = [](Handler& handler) { handler.refuse_login = "unknown key"; };
  sisu::test::ScratchDirectory scratch;
  std::vector<std::string> options;
  for (const std::string name : {"a", "b", "c", "d", "e", "f", "g", "h"}) {
    ASSERT_TRUE(PrivateKey::generate().save(scratch / name));
    options.insert(options.end(), {"-i", (scratch / name).string()});
  }
  const auto done = ssh(options, {"echo"});
  EXPECT_EQ(done.status, 255);
  EXPECT_TRUE(contains(done.output, "unknown key")) << done.output;
  EXPECT_EQ(served[0]->handler.limits, std::vector{LimitKind::login_attempts});
}

// --- ssh -N -R

asio::awaitable<void> write_and_finish(net::ByteStream& stream, std::uint64_t count) {
  co_await write_pattern(stream, count);
  co_await stream.finish();
}

asio::awaitable<void> expect_pattern(net::ByteStream& stream, std::uint64_t count) {
  EXPECT_EQ(co_await read_pattern(stream), count);
}

asio::awaitable<void> reverse_forward(Host& t, std::vector<std::string> options, std::uint64_t bytes) {
  tcp::acceptor target(t.loop, {asio::ip::address_v4::loopback(), 0});
  options.insert(options.end(),
                 {"-N", "-R", "smtp-delivery:25:127.0.0.1:" + std::to_string(target.local_endpoint().port())});
  Program ssh(t.loop.get_executor(), stock_ssh(t, std::move(options)));
  co_await t.wait_logged_in(1);
  Served& served = *t.served[0];
  EXPECT_TRUE(co_await served.session->probe(20s));
  EXPECT_TRUE(served.handler.forwards.contains({"smtp-delivery", 25}));
  const auto channel =
      co_await served.session->open_forwarded("smtp-delivery", 25, *Endpoint::parse("[2001:db8::1]:4000"));
  auto accepted = co_await target.async_accept(asio::use_awaitable);
  net::TcpStream mta(std::move(accepted));
  net::TaskGroup tasks(t.loop.get_executor());
  tasks.spawn(write_and_finish(*channel, bytes));
  tasks.spawn(expect_pattern(mta, bytes));
  tasks.spawn(write_and_finish(mta, bytes));
  tasks.spawn(expect_pattern(*channel, bytes));
  co_await tasks.join();
  bool denied = false;  // a forward that it has not asked for
  try {
    co_await served.session->open_forwarded("smtp-raw", 25, *Endpoint::parse("192.0.2.1:4000"));
  } catch (const std::system_error& error) {
    denied = error.code() == asio::error::connection_refused;
  }
  EXPECT_TRUE(denied);
  served.session->disconnect("the relay restarts");
  const auto ended = co_await ssh.wait();
  EXPECT_TRUE(contains(ended.output, "the relay restarts")) << ended.output;
}

TEST_F(Peers, ssh_serves_a_forward) { run(reverse_forward(*this, {}, 5'000'000)); }

TEST_F(Peers, ssh_exchanges_keys_under_load) {
  run(reverse_forward(*this, {"-o", "RekeyLimit=500K"}, 20'000'000));
  EXPECT_EQ(served[0]->end_reason, "the relay restarts");
}

TEST_F(Peers, ssh_learns_that_a_forward_is_refused) {
  prepare = [](Handler& handler) { handler.grant_forwards = false; };
  const auto done = ssh({"-N", "-o", "ExitOnForwardFailure=yes", "-R", "other:25:127.0.0.1:1"});
  EXPECT_EQ(done.status, 255);
  EXPECT_TRUE(contains(done.output, "remote port forwarding failed")) << done.output;
}

asio::awaitable<void> killed_peer(Host& t) {
  Program ssh(t.loop.get_executor(), stock_ssh(t, {"-N", "-R", "smtp-delivery:25:127.0.0.1:1"}));
  co_await t.wait_logged_in(1);
  ssh.signal(SIGKILL);
  asio::steady_timer timer(t.loop);
  while (!t.served[0]->ended) {
    timer.expires_after(5ms);
    co_await timer.async_wait(asio::use_awaitable);
  }
  EXPECT_TRUE(contains(t.served[0]->end_reason, "closed") || contains(t.served[0]->end_reason, "reset"))
      << t.served[0]->end_reason;
}

TEST_F(Peers, a_killed_ssh_ends_its_session_at_once) { run(killed_peer(*this)); }

// --- sshd

class Sshd {
 public:
  explicit Sshd(Host& t) : port_(free_port()) {
    const auto host_key = scratch_ / "host_key";
    if (const auto saved = t.host_key.save(host_key); !saved) throw std::runtime_error(saved.error().what);
    sisu::test::write_file(scratch_ / "authorized_keys", t.user_key.public_key().to_openssh() + "\n");
    sisu::test::write_file(scratch_ / "config",
                           "Port " + std::to_string(port_) + "\nListenAddress 127.0.0.1\nHostKey " + host_key.string() +
                               "\nAuthorizedKeysFile " + (scratch_ / "authorized_keys").string() +
                               "\nStrictModes no\nUsePAM no\nPidFile none\nPermitRootLogin yes\nBanner " +
                               (scratch_ / "banner").string() + "\n");
    sisu::test::write_file(scratch_ / "banner", "Welcome,\nstranger\n");
    std::filesystem::create_directories("/run/sshd");
    program_ = std::make_unique<Program>(
        t.loop.get_executor(),
        std::vector<std::string>{"/usr/sbin/sshd", "-D", "-e", "-f", (scratch_ / "config").string()});
  }

  asio::awaitable<bool> started() { return program_->wait_for("Server listening"); }
  std::uint16_t port() const { return port_; }

 private:
  static std::uint16_t free_port() {
    asio::io_context context;
    return tcp::acceptor(context, {asio::ip::address_v4::loopback(), 0}).local_endpoint().port();
  }

  sisu::test::ScratchDirectory scratch_;
  std::uint16_t port_;
  std::unique_ptr<Program> program_;
};

asio::awaitable<std::unique_ptr<ClientSession>> log_in_to(Host& t, std::uint16_t port, ClientOptions options) {
  tcp::socket socket(t.loop);
  co_await socket.async_connect({asio::ip::address_v4::loopback(), port}, asio::use_awaitable);
  options.port = port;
  auto client = co_await ClientSession::log_in(std::move(socket), std::move(options), t.workers);
  co_return std::move(client);
}

asio::awaitable<void> with_sshd(Host& t) {
  Sshd sshd(t);
  co_await sshd.started();
  ClientOptions options = t.client_options();
  options.user = "root";
  std::string seen;
  options.verify_host_key = [&seen](const PublicKey& key) -> Result<void, KeyError> {
    seen = key.fingerprint();
    return {};
  };
  options.limits.keepalive = 50ms;
  options.rekey_after = 1'000'000;
  const auto client = co_await log_in_to(t, sshd.port(), options);
  EXPECT_EQ(seen, t.host_key.public_key().fingerprint());
  t.clients.spawn(t.run_client(*client));
  auto failing = co_await client->exec("echo out; echo err >&2; exit 7");
  EXPECT_EQ(co_await read_all(*failing), "out\n");
  EXPECT_EQ(failing->exit_status(), 7);
  EXPECT_EQ(failing->error_text(), "err\n");
  auto echo = co_await client->exec("cat");
  net::TaskGroup tasks(t.loop.get_executor());
  tasks.spawn(write_and_finish(*echo, 5'000'000));
  co_await expect_pattern(*echo, 5'000'000);
  co_await tasks.join();
  options.user = "nobody";
  LoginFailure failure = LoginFailure::connection;
  std::string what;
  try {
    co_await log_in_to(t, sshd.port(), options);
  } catch (const LoginError& error) {
    failure = error.kind();
    what = error.what();
  }
  EXPECT_EQ(failure, LoginFailure::key_refused);
  EXPECT_TRUE(contains(what, "Welcome, stranger")) << what;
  EXPECT_TRUE(t.client_ends.empty());
}

TEST_F(Peers, our_client_works_with_sshd) {
  if (::geteuid() != 0) GTEST_SKIP() << "sshd lets only root start sessions";
  run(with_sshd(*this));
}

}  // namespace
}  // namespace sisu::ssh::test
