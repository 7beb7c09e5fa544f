// Session: one SSH connection to the relay, from the handshake to its end: log-in, commands, and, when its client asks
// for deliveries, the user's presence.
//
// A presence is a Listener on the user's sockets plus the Deliveries that it feeds. It goes
//   absent -> present         the client asks (tcpip-forward): sockets are opened, or taken over from an older session
//   present -> suspended      a channel is not confirmed in time: the sockets close at once, the session is probed
//   suspended -> present      a probe is answered: the sockets are opened again
//   any -> replaced           a newer session took over: running deliveries end within takeover-grace, then the session
//   any -> absent             cancel-tcpip-forward, or the end of the session
//
// A log-in without an account (a newcomer) may run the commands for newcomers, a few at once and not for long, and
// counts as unauthenticated; a claim gives it an account, and from then on it is a session like others. An account that
// is suspended or removed takes its sessions with it. This part stands in session_account.cpp; what commands ask about
// the user's names in DNS in session_names.cpp.
#pragma once

#include "common/net/task_group.hpp"
#include "common/ssh/server_session.hpp"
#include "relay/commands/caller.hpp"
#include "relay/commands/line_editor.hpp"
#include "relay/gateway/environment.hpp"
#include "relay/registry/registry_database.hpp"
#include "relay/tier1/deliveries.hpp"
#include "relay/tier1/listener.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sisu::relay::gateway {

using SourceTicket = Counted<IpAddress>::Ticket;

/// Lives on one event loop; used from there only.
class Session final : public ssh::ServerSessionHandler,
                      public commands::Caller,
                      public std::enable_shared_from_this<Session> {
 public:
  /// `place` counts the connection as unauthenticated until it has logged in. `environment` outlives the session.
  Session(asio::ip::tcp::socket socket, Environment& environment, SourceTicket place);
  ~Session() override;

  /// The whole life; whoever spawns it keeps the session alive until it returns. Does not throw.
  asio::awaitable<void> run();

  /// The relay stops: senders are refused from now on, running deliveries may end within the limit stop-grace, then the
  /// session is disconnected.
  void stop();

  // ssh::ServerSessionHandler
  std::optional<std::string> login(const std::string& user, const ssh::PublicKey& key) override;
  bool forward_requested(const std::string& address, std::uint16_t port) override;
  bool forward_cancelled(const std::string& address, std::uint16_t port) override;
  void exec(std::string command_line, std::unique_ptr<ssh::Channel> channel) override;
  void shell(std::unique_ptr<ssh::Channel> channel, bool has_pty) override;
  void refused(std::string_view what) override;
  void limit_reached(ssh::LimitKind kind) override;
  void holds(std::uint64_t bytes) override;

  // commands::Caller
  commands::Standing standing() const override;
  commands::CallerFacts facts() const override;
  const Limits& limits() const override { return environment_.limits; }
  std::shared_ptr<commands::EventQueue> subscribe() override;
  std::optional<std::string> count_command() override;
  asio::awaitable<Result<Claimed, commands::Refusal>> claim(std::optional<std::string> invite) override;
  asio::awaitable<Result<std::vector<Invite>, commands::Refusal>> invites() override;
  asio::awaitable<Result<void, commands::Refusal>> set_tier2(Tier2 tier2) override;
  Result<UserKey, commands::Refusal> lookup(std::string_view name) override;
  commands::DnsFacts dns() const override;
  std::shared_ptr<commands::ChangeSignal> watch_dns() override;
  asio::awaitable<Result<void, commands::Refusal>> publish_tlsa(std::set<SpkiDigest> digests) override;
  asio::awaitable<Result<void, commands::Refusal>> present(std::string host, ChallengeValue value) override;
  asio::awaitable<Result<void, commands::Refusal>> clean_up(std::string host, ChallengeValue value) override;
  asio::awaitable<Result<void, commands::Refusal>> bind_acme_account(std::optional<AcmeAccountUri> uri) override;
  void limit_reached(LimitName limit) override;

 private:
  /// What exists while the client has asked for deliveries.
  struct Forward {
    proto::ForwardKind kind;
    std::uint64_t ticket = 0;
    std::unique_ptr<tier1::Listener> listener;  // null while suspended
  };

  asio::awaitable<bool> log_in();
  asio::awaitable<void> serve();
  asio::awaitable<void> end_within(Duration grace, std::string reason);
  asio::awaitable<void> run_command(std::string line, std::unique_ptr<ssh::Channel> channel);
  asio::awaitable<void> run_shell(std::unique_ptr<ssh::Channel> channel, commands::Terminal terminal);
  asio::awaitable<void> probe_until_alive();
  asio::awaitable<void> expire_newcomer();
  asio::awaitable<void> refuse_channel(std::unique_ptr<ssh::Channel> channel);

  AccountPtr registered_now() const;
  asio::awaitable<Result<void, commands::Refusal>> stored(asio::awaitable<Result<AccountPtr, ChangeRefusal>> change,
                                                          std::string_view event);
  std::optional<commands::Refusal> refuse_acme(std::string_view host);

  using UserPlace = Counted<std::string>::Ticket;
  Result<UserPlace, std::string> take_place(const std::string& user);
  void adopt(Account account);
  void become_user();
  void registry_failed(const std::exception& error) const;
  void account_changed(Result<Account, std::string> now);
  bool may_run_another();
  bool listen(PresenceTable::Sockets sockets);
  void suspend();
  bool resume();
  void replaced();
  void leave();
  void publish(const proto::Event& event);
  bool may_log_refusal();
  void log_refusal(const std::string& user, const ssh::PublicKey& key, const std::string& reason);

  Environment& environment_;
  asio::any_io_executor executor_;
  SessionId id_ = SessionId::random();
  SourceTicket place_;
  std::unique_ptr<ssh::ServerSession> ssh_;
  Endpoint peer_;

  std::string user_;  // once logged in
  std::optional<ssh::PublicKey> key_;
  std::optional<Account> account_;  // not of a newcomer
  std::unique_ptr<Accounts::Following> following_;
  UserPlace user_place_;
  std::optional<MemoryBudget::Share> memory_;

  std::optional<Forward> forward_;
  std::unique_ptr<tier1::Deliveries> deliveries_;  // made with the first forward, kept to the end
  bool serving_ = false;
  bool replaced_ = false;
  bool ending_ = false;
  std::uint64_t running_commands_ = 0;

  std::vector<std::weak_ptr<commands::EventQueue>> readers_;
  net::TaskGroup commands_;
  net::TaskGroup background_;
};

}  // namespace sisu::relay::gateway
