#include "relay/gateway/session.hpp"

#include "common/net/deadline.hpp"
#include "relay/commands/command.hpp"
#include "relay/commands/shell.hpp"
#include "relay/gateway/channel_io.hpp"
#include "relay/registry/registry.hpp"

#include <asio/post.hpp>

namespace sisu::relay::gateway {
namespace {

/// For the last lines of `events` to go out, and to be taken, before a session is disconnected.
constexpr auto farewell_time = std::chrono::seconds(2);

ssh::ServerLimits ssh_limits(const Limits& limits) {
  ssh::ServerLimits ssh;
  ssh.login_attempts = static_cast<unsigned>(limits.login_attempts);
  ssh.packets_before_login = limits.packets_before_login;
  ssh.bytes_before_login = limits.bytes_before_login;
  ssh.refused_requests = static_cast<unsigned>(limits.refused_requests);
  ssh.command_channels = static_cast<unsigned>(limits.command_channels);
  ssh.command_bytes = limits.command_bytes;
  ssh.channel_bytes = limits.channel_bytes;
  ssh.backlog_bytes = limits.backlog_bytes;
  ssh.discarded_bytes = limits.discarded_bytes;
  ssh.unconfirmed_opens = limits.unconfirmed_opens;
  ssh.unconfirmed_closes = limits.unconfirmed_closes;
  ssh.requests = limits.requests;
  ssh.keepalive = limits.keepalive;
  ssh.dead_after = limits.session_silence;
  return ssh;
}

LimitName to_limit(ssh::LimitKind kind) {
  switch (kind) {
    case ssh::LimitKind::login_attempts:
      return LimitName::login_attempts;
    case ssh::LimitKind::packets_before_login:
      return LimitName::packets_before_login;
    case ssh::LimitKind::bytes_before_login:
      return LimitName::bytes_before_login;
    case ssh::LimitKind::refused_requests:
      return LimitName::refused_requests;
    case ssh::LimitKind::command_channels:
      return LimitName::command_channels;
    case ssh::LimitKind::command_bytes:
      return LimitName::command_bytes;
    case ssh::LimitKind::channel_bytes:
      return LimitName::channel_bytes;
    case ssh::LimitKind::backlog_bytes:
      return LimitName::backlog_bytes;
    case ssh::LimitKind::discarded_bytes:
      return LimitName::discarded_bytes;
    case ssh::LimitKind::unconfirmed_opens:
      return LimitName::unconfirmed_opens;
    case ssh::LimitKind::unconfirmed_closes:
      return LimitName::unconfirmed_closes;
    case ssh::LimitKind::requests:
      return LimitName::requests;
    case ssh::LimitKind::session_silence:
      return LimitName::session_silence;
  }
  return LimitName::refused_requests;
}

/// Counts a command while it runs; the channel may take longer to close.
class Running {
 public:
  explicit Running(std::uint64_t& count) : count_(count) { ++count_; }
  ~Running() { --count_; }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

 private:
  std::uint64_t& count_;
};

}  // namespace

Session::Session(asio::ip::tcp::socket socket, Environment& environment, SourceTicket place)
    : environment_(environment),
      executor_(socket.get_executor()),
      place_(std::move(place)),
      commands_(executor_),
      background_(executor_) {
  ssh_ = ssh::ServerSession::create(std::move(socket), environment.host_key, ssh_limits(environment.limits), *this);
  peer_ = ssh_->peer();
}

Session::~Session() = default;

// --- Life

asio::awaitable<void> Session::run() {
  // g++ 12.2 miscompiles a co_await inside the condition.
  const bool logged_in = co_await log_in();
  if (logged_in) co_await serve();
}

asio::awaitable<bool> Session::log_in() {
  std::string reason;
  try {
    co_await net::with_deadline(ssh_->log_in(), environment_.limits.login_time);
    if (account_) place_.release();
    (account_ ? environment_.counters.logged_in : environment_.counters.newcomers).add();
    if (!account_ && !may_log_refusal()) co_return true;
    environment_.logger.info(account_ ? "logged in" : "newcomer", {{"session", id_},
                                                                   {"user", user_},
                                                                   {"source", peer_},
                                                                   {"fingerprint", key_->fingerprint()},
                                                                   {"client", ssh_->client_version()}});
    co_return true;
  } catch (const std::system_error& error) {
    reason = error.what();
    if (error.code() == asio::error::timed_out) {
      reason = "not logged in in time";
      environment_.limit_log.bite(LimitName::login_time, {{"source", peer_}, {"session", id_}});
    }
  }
  environment_.counters.abandoned.add();
  if (!may_log_refusal()) co_return false;
  environment_.logger.info("log-in not completed", {{"session", id_}, {"source", peer_}, {"reason", reason}});
  co_return false;
}

asio::awaitable<void> Session::serve() {
  std::string reason;
  serving_ = true;
  if (!account_) background_.spawn(expire_newcomer());
  try {
    reason = co_await ssh_->run();
  } catch (const std::system_error& error) {
    reason = error.what();
  }
  ending_ = true;
  leave();
  for (const auto& reader : readers_) {
    if (const auto queue = reader.lock()) queue->close();
  }
  if (deliveries_) deliveries_->cut("session ended");
  commands_.stop();
  background_.stop();
  if (deliveries_) co_await deliveries_->join();
  co_await commands_.join();
  co_await background_.join();
  if (account_ && account_->registered) environment_.accounts.registry()->seen(account_->registered->id);
  if (!account_ && !may_log_refusal()) co_return;
  environment_.logger.info("session ended", {{"session", id_}, {"user", user_}, {"reason", reason}});
}

void Session::stop() {
  if (!serving_) return ssh_->disconnect("the relay stops");
  publish({proto::Event::Kind::notice, "the relay stops"});
  leave();
  background_.spawn(end_within(environment_.limits.stop_grace, "the relay stops"));
}

asio::awaitable<void> Session::end_within(Duration grace, std::string reason) {
  for (const auto& reader : readers_) {
    if (const auto queue = reader.lock()) queue->close();
  }
  try {
    if (deliveries_) co_await net::with_deadline(deliveries_->join(), grace);
  } catch (const std::system_error&) {
    const LimitName limit = replaced_ ? LimitName::takeover_grace : LimitName::stop_grace;
    environment_.limit_log.bite(limit, {{"session", id_}, {"deliveries", deliveries_->size()}});
    deliveries_->cut(reason);
  }
  try {
    co_await net::with_deadline(commands_.join(), farewell_time);
  } catch (const std::system_error&) {
    // A shell is still open: its user reads the reason in the disconnect message.
  }
  ssh_->disconnect(reason);
}

// --- Presence

bool Session::forward_requested(const std::string& address, std::uint16_t port) {
  const auto kind = proto::parse_forward(address, port);
  if (!account_ || !kind || forward_ || replaced_ || ending_) return false;
  auto claim = environment_.presence.claim(*account_, *kind, [weak = weak_from_this(), executor = executor_] {
    asio::post(executor, [weak] {
      if (const auto session = weak.lock()) session->replaced();
    });
  });
  if (!claim) {
    environment_.logger.error("no presence", {{"session", id_}, {"user", account_->name}, {"error", claim.error()}});
    return false;
  }
  if (claim->took_over) environment_.counters.takeovers.add();
  environment_.logger.info(
      "present", {{"session", id_}, {"user", account_->name}, {"forward", address}, {"took_over", claim->took_over}});
  if (!deliveries_) {
    deliveries_ = std::make_unique<tier1::Deliveries>(executor_, environment_.for_deliveries(), account_->name, id_,
                                                      *ssh_, [this] { suspend(); });
  }
  forward_ = Forward{*kind, claim->ticket, nullptr};
  if (listen(std::move(claim->sockets))) return true;
  leave();
  return false;
}

/// False without a descriptor for it: nothing may be thrown through libssh, which calls the one that calls this.
bool Session::listen(PresenceTable::Sockets sockets) {
  const auto take = [this, kind = forward_->kind](asio::ip::tcp::socket socket, const Endpoint& peer,
                                                  const tier1::ListeningSocket& listener) {
    deliveries_->take(std::move(socket), peer, listener, kind);
  };
  try {
    forward_->listener = std::make_unique<tier1::Listener>(executor_, std::move(sockets), take, environment_.logger);
  } catch (const std::system_error& error) {
    environment_.logger.error("no presence", {{"session", id_}, {"user", account_->name}, {"error", error.what()}});
    return false;
  }
  return true;
}

bool Session::forward_cancelled(const std::string& address, std::uint16_t port) {
  if (!forward_ || proto::parse_forward(address, port) != forward_->kind) return false;
  leave();
  return true;
}

void Session::leave() {
  if (!forward_) return;
  if (!replaced_) {
    environment_.presence.leave(account_->name, forward_->ticket);
    environment_.logger.info("absent", {{"session", id_}, {"user", account_->name}});
  }
  forward_.reset();
}

void Session::suspend() {
  if (!forward_ || !forward_->listener || replaced_) return;
  environment_.presence.suspend(account_->name, forward_->ticket);
  forward_->listener.reset();
  environment_.counters.suspensions.add();
  environment_.logger.warning("suspended: the client does not answer", {{"session", id_}, {"user", account_->name}});
  publish({proto::Event::Kind::notice, "deliveries are suspended: your client did not answer in time"});
  background_.spawn(probe_until_alive());
}

asio::awaitable<void> Session::probe_until_alive() {
  while (!ending_) {
    // A client that sleeps answers the probe that waits for it when it wakes.
    const bool alive = co_await ssh_->probe(environment_.limits.channel_open);
    if (alive && resume()) co_return;
  }
}

bool Session::resume() {
  if (!forward_ || replaced_ || ending_) return true;
  auto sockets = environment_.presence.resume(*account_, forward_->ticket);
  if (!sockets) {
    environment_.logger.error("no presence", {{"session", id_}, {"user", account_->name}, {"error", sockets.error()}});
    return false;
  }
  if (!*sockets) return true;  // a newer session has them; replaced() is on its way
  if (!listen(*std::move(sockets))) return false;
  environment_.logger.info("present again", {{"session", id_}, {"user", account_->name}});
  publish({proto::Event::Kind::notice, "deliveries are on again"});
  return true;
}

void Session::replaced() {
  if (replaced_ || ending_) return;
  replaced_ = true;
  if (forward_ && forward_->listener) forward_->listener->stop();
  environment_.logger.info("replaced by a newer session", {{"session", id_}, {"user", account_->name}});
  publish({proto::Event::Kind::replaced, "a newer session of yours took the deliveries over"});
  background_.spawn(end_within(environment_.limits.takeover_grace, "replaced by a newer session of yours"));
}

// --- Commands

void Session::exec(std::string command_line, std::unique_ptr<ssh::Channel> channel) {
  if (!may_run_another()) return (void)commands_.spawn(refuse_channel(std::move(channel)));
  commands_.spawn(run_command(std::move(command_line), std::move(channel)));
}

asio::awaitable<void> Session::run_command(std::string line, std::unique_ptr<ssh::Channel> channel) {
  commands::ExitStatus status{};
  {
    const Running running(running_commands_);
    ChannelIo io(*channel);
    status = co_await commands::run_command_line(*this, io, std::move(line));
  }
  co_await channel->exit(static_cast<int>(status));
  // What a client has not read when its session ends is lost to it: "replaced" would be, most of the time.
  co_await net::with_deadline(channel->until_closed(), farewell_time);
}

void Session::shell(std::unique_ptr<ssh::Channel> channel, bool has_pty) {
  if (!may_run_another()) return (void)commands_.spawn(refuse_channel(std::move(channel)));
  commands_.spawn(run_shell(std::move(channel), has_pty ? commands::Terminal::pty : commands::Terminal::none));
}

asio::awaitable<void> Session::run_shell(std::unique_ptr<ssh::Channel> channel, commands::Terminal terminal) {
  const Running running(running_commands_);
  const auto end = co_await commands::run_shell(*this, *channel, terminal);
  if (end == commands::ShellEnd::idle) {
    environment_.limit_log.bite(LimitName::shell_idle, {{"session", id_}, {"user", user_}});
  }
  co_await channel->exit(0);
}

void Session::refused(std::string_view what) {
  environment_.counters.requests_refused.add();
  if (!may_log_refusal()) return;
  environment_.logger.info("request refused", {{"session", id_}, {"source", peer_}, {"what", what}});
}

void Session::limit_reached(ssh::LimitKind kind) {
  environment_.limit_log.bite(to_limit(kind), {{"session", id_}, {"source", peer_}});
}

void Session::holds(std::uint64_t bytes) {
  if (!memory_ || memory_->set(bytes)) return;
  environment_.limit_log.bite(LimitName::memory, {{"session", id_}, {"user", user_}, {"bytes", bytes}});
  ssh_->disconnect("the relay is short of memory, and your session held too much of it");
}

}  // namespace sisu::relay::gateway
