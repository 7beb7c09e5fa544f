// One SSH session with the relay, from the log-in to its end: who am I, a claim of the name if nobody, presence
// (tcpip-forward smtp-delivery:25), the relay's events, and each delivery channel handed on.
#pragma once

#include "client/link/command.hpp"
#include "client/link/identity.hpp"
#include "client/link/link_policy.hpp"
#include "common/log/logger.hpp"
#include "common/net/task_group.hpp"
#include "common/ssh/client_session.hpp"

#include <asio/steady_timer.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace sisu::client {

/// How a session, or the attempt to have one, ended.
struct SessionReport {
  LinkEnd end = LinkEnd::unreachable;
  std::string reason;                 ///< one line
  std::chrono::milliseconds held{0};  ///< how long deliveries were granted
};

struct RelaySessionOptions {
  std::chrono::milliseconds answer_within{15'000};      ///< for each request to the relay
  std::chrono::milliseconds prove_alive_within{3'000};  ///< when the connection is in doubt: check_alive()
  std::chrono::milliseconds events_again_after{5'000};  ///< when the relay ended the stream of events
  bool hold_deliveries = false;                         ///< until allow_deliveries()
  std::optional<std::string> invite = {};               ///< for the claim of the name by a key that is new to the relay
};

class RelaySession {
 public:
  struct Callbacks {
    /// A sender's connection, not yet served. Must not block.
    std::function<void(ssh::ForwardedChannel channel, SessionId session)> deliver;
    /// The relay said who this is: it takes commands. May be empty.
    std::function<void(const Identity& identity)> identified = {};
    /// Presence was granted.
    std::function<void(const Identity& identity)> online;
  };

  RelaySession(std::unique_ptr<ssh::ClientSession> session, Callbacks callbacks, RelaySessionOptions options,
               log::Logger logger);

  /// Serves until the session ends, by whomever.
  asio::awaitable<SessionReport> serve();

  /// Asks the relay for a sign of life and ends the session if none comes: after sleep, or a change of the network.
  void check_alive(std::string why);
  /// Gives presence back; running deliveries go on.
  void withdraw();
  /// Asks for the deliveries that RelaySessionOptions::hold_deliveries holds back.
  void allow_deliveries();
  /// The relay takes commands.
  bool identified() const { return identified_ && !ended_; }
  /// Presence was granted, and the session has not ended.
  bool online() const { return online_since_ && !ended_; }
  /// As client::run_command(); may outlive this object.
  asio::awaitable<CommandAnswer> run_command(std::string command) {
    return client::run_command(session_, std::move(command));
  }
  /// Ends the session and with it its deliveries.
  void end(std::string_view reason);

 private:
  asio::awaitable<void> become_present();
  asio::awaitable<void> wait_until_allowed();
  asio::awaitable<Identity> identify();
  asio::awaitable<Identity> claim();
  asio::awaitable<std::optional<Identity>> ask_identity(std::chrono::milliseconds limit);
  Identity identity_in(std::string_view command, const CommandAnswer& answer) const;
  asio::awaitable<void> accept_deliveries();
  asio::awaitable<void> follow_events();
  asio::awaitable<void> read_events();
  void take_event(std::string_view line);
  asio::awaitable<void> prove_alive(std::string why);
  asio::awaitable<void> cancel_forward();

  std::shared_ptr<ssh::ClientSession> session_;
  Callbacks callbacks_;
  RelaySessionOptions options_;
  log::Logger logger_;
  std::unique_ptr<net::TaskGroup> tasks_;
  asio::steady_timer* allowing_ = nullptr;  // of wait_until_allowed(), while it waits
  SessionId id_ = SessionId::random();
  std::optional<std::chrono::steady_clock::time_point> online_since_;
  bool identified_ = false;
  bool replaced_ = false;
  bool claim_refused_ = false;
  bool in_doubt_ = false;
  bool ended_ = false;
  std::string own_reason_;  // why this end ended it; empty when it did not
};

}  // namespace sisu::client
