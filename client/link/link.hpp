// The link with the relay: connects, logs in, keeps the session, and begins again whatever ended it. LinkPolicy decides
// what comes next; each change is one log line.
#pragma once

#include "client/link/link_policy.hpp"
#include "client/link/relay_address.hpp"
#include "client/link/relay_session.hpp"
#include "common/log/logger.hpp"
#include "common/net/worker_pool.hpp"
#include "common/ssh/client_session.hpp"

#include <asio/steady_timer.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sisu::client {

struct LinkOptions {
  RelayAddress relay;
  std::string user;
  std::optional<ssh::PrivateKey> key;  ///< none: the ssh-agent's
  LinkPolicyOptions policy;
  RelaySessionOptions session;
  std::chrono::milliseconds log_in_within{20'000};  ///< from the look-up of the name to the end of the log-in
  std::chrono::milliseconds young_attempt{1'000};   ///< an attempt of this age is not begun anew
};

/// For people: what the link is doing.
struct LinkState {
  enum class Kind {
    none,  ///< there is no relay
    connecting,
    connected,    ///< the relay takes commands, but deliveries have not been granted (yet)
    online,       ///< deliveries come
    waiting,      ///< to connect again
    standing_by,  ///< another client of this user serves
    refused,      ///< the relay, or its key, was refused
    stopped,
  };
  Kind kind = Kind::connecting;
  std::string reason = {};                  ///< why it waits
  std::vector<std::string> addresses = {};  ///< where senders reach this user, while online
  std::chrono::steady_clock::time_point since = std::chrono::steady_clock::now();

  bool connected() const { return kind == Kind::connected || kind == Kind::online; }
};
std::string_view name_of(LinkState::Kind kind);

class Link {
 public:
  /// `workers` must outlive it.
  Link(asio::any_io_executor executor, LinkOptions options, ssh::HostKeyVerifier verify_host_key,
       RelaySession::Callbacks callbacks, net::WorkerPool& workers, log::Logger logger);

  /// Until stop(), with an empty answer; or until there is no point in going on: the answer is the reason, one line.
  asio::awaitable<std::string> run();

  /// Asks for the deliveries that RelaySessionOptions::hold_deliveries holds back, now and in later sessions.
  void allow_deliveries();

  const LinkState& state() const { return state_; }
  /// Runs a command at the relay. Throws std::system_error: not_connected without a session, timed_out, or what ended
  /// the session.
  asio::awaitable<CommandAnswer> run_command(std::string command, std::chrono::milliseconds within);

  /// Ends a wait: a person asked for it.
  void retry_now();
  /// The network changed, or the machine slept (`why` says which): waits for an unreachable relay end, an attempt under
  /// way begins anew, and a session must prove that it is alive.
  void in_doubt(const std::string& why);
  /// Gives presence back: no new deliveries; those that run go on.
  void withdraw();
  /// Ends session and run().
  void stop(std::string_view reason);

 private:
  asio::awaitable<SessionReport> attempt();
  asio::awaitable<std::unique_ptr<ssh::ClientSession>> log_in();
  asio::awaitable<SessionReport> serve(std::unique_ptr<ssh::ClientSession> session);
  asio::awaitable<void> wait(NextStep next);
  void report(const SessionReport& ended, const NextStep& next) const;
  void was_identified(const Identity& identity);
  void went_online(const Identity& identity);

  asio::any_io_executor executor_;
  LinkOptions options_;
  ssh::HostKeyVerifier verify_host_key_;
  RelaySession::Callbacks callbacks_;
  net::WorkerPool& workers_;
  log::Logger logger_;
  LinkPolicy policy_;
  asio::steady_timer waiting_;     // what ends a wait cancels it
  asio::steady_timer attempting_;  // never expires; cancelled to begin an attempt anew
  std::unique_ptr<RelaySession> session_;
  LinkState state_;
  NextStep::Kind wait_kind_ = NextStep::Kind::retry;
  std::chrono::steady_clock::time_point attempt_began_{};
  bool network_changed_ = false;  // since the attempt began
  bool stopping_ = false;
};

}  // namespace sisu::client
