// Caller: the logged-in session that a command runs for, as commands see it.
#pragma once

#include "common/base/ip_address.hpp"
#include "common/base/result.hpp"
#include "common/base/uuid.hpp"
#include "proto/forward_kind.hpp"
#include "relay/account/account.hpp"
#include "relay/commands/change_signal.hpp"
#include "relay/commands/dns_facts.hpp"
#include "relay/commands/event_queue.hpp"
#include "relay/limits/limit_table.hpp"
#include "relay/limits/limits.hpp"
#include "relay/registry/claim.hpp"
#include "relay/registry/invite_table.hpp"

#include <asio/awaitable.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace sisu::relay::commands {

/// Who a caller is to this relay, and with it which commands there are.
enum class Standing {
  newcomer,  ///< nobody yet: the name is free, the key unknown
  user,      ///< of a zone, with an account in the registry
  dev_user,  ///< the one of --dev-user, without a registry
};

enum class PresenceState {
  absent,     ///< no session has asked for deliveries: senders are refused
  present,    ///< senders' connections are accepted
  suspended,  ///< the client does not answer: senders are refused until it does
};
std::string_view to_text(PresenceState state);

/// What is so at this moment, as a plain value.
struct CallerFacts {
  std::string name;
  std::string fingerprint;          ///< "SHA256:..."
  std::vector<Endpoint> addresses;  ///< where senders reach this user
  std::string mail_domain;          ///< "niklas.example.org"; empty with --dev-user
  std::string host = {};            ///< "niklas.v6.example.org", where senders connect; likewise
  std::optional<Tier2> tier2;       ///< of a user
  SessionId session;
  PresenceState presence = PresenceState::absent;  ///< of the user, by whichever session
  std::optional<std::chrono::system_clock::time_point> present_since;
  std::optional<proto::ForwardKind> forward;  ///< while not absent
  std::uint64_t connections = 0;              ///< senders' connections of this user now
  std::uint64_t sessions = 0;                 ///< SSH sessions of this user now, this one included
};

struct Refusal {
  std::string reason;    ///< one line
  bool for_now = false;  ///< the same call may be granted later, without anybody's help
};

class Caller {
 public:
  virtual ~Caller() = default;
  virtual Standing standing() const = 0;
  virtual CallerFacts facts() const = 0;
  virtual const Limits& limits() const = 0;
  /// The events of this session from now on; one that must not be missed (replaced) comes first if it has been already.
  virtual std::shared_ptr<EventQueue> subscribe() = 0;
  /// Counts a command. The reason, in one line, if it is one too many.
  virtual std::optional<std::string> count_command() = 0;

  // What follows needs a registry: a standing of newcomer or user. Refusals change nothing.

  /// Binds the name of this log-in to its key. From then on the standing is that of a user.
  virtual asio::awaitable<Result<Claimed, Refusal>> claim(std::optional<std::string> invite) = 0;
  virtual asio::awaitable<Result<std::vector<Invite>, Refusal>> invites() = 0;
  virtual asio::awaitable<Result<void, Refusal>> set_tier2(Tier2 tier2) = 0;
  /// An active user's key.
  virtual Result<UserKey, Refusal> lookup(std::string_view name) = 0;

  // The user's names in DNS. What is granted is stored; when it is live, dns() says.

  virtual DnsFacts dns() const = 0;
  /// Raised when dns() may have changed, for as long as it is held.
  virtual std::shared_ptr<ChangeSignal> watch_dns() = 0;
  /// In place of what was.
  virtual asio::awaitable<Result<void, Refusal>> publish_tlsa(std::set<SpkiDigest> digests) = 0;
  /// `host`: as the user wrote it; anything but the user's own host is refused.
  virtual asio::awaitable<Result<void, Refusal>> present(std::string host, ChallengeValue value) = 0;
  virtual asio::awaitable<Result<void, Refusal>> clean_up(std::string host, ChallengeValue value) = 0;
  /// nullopt: none.
  virtual asio::awaitable<Result<void, Refusal>> bind_acme_account(std::optional<AcmeAccountUri> uri) = 0;
  /// Counts a limit that a command keeps.
  virtual void limit_reached(LimitName limit) = 0;
};

}  // namespace sisu::relay::commands
