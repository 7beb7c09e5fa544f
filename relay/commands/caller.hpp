// Caller: the logged-in session that a command runs for, as commands see it.
#pragma once

#include "common/base/ip_address.hpp"
#include "common/base/uuid.hpp"
#include "proto/forward_kind.hpp"
#include "relay/commands/event_queue.hpp"
#include "relay/limits/limits.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sisu::relay::commands {

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
  SessionId session;
  PresenceState presence = PresenceState::absent;  ///< of the user, by whichever session
  std::optional<std::chrono::system_clock::time_point> present_since;
  std::optional<proto::ForwardKind> forward;  ///< while not absent
  std::uint64_t connections = 0;              ///< senders' connections of this user now
  std::uint64_t sessions = 0;                 ///< SSH sessions of this user now, this one included
};

class Caller {
 public:
  virtual ~Caller() = default;
  virtual CallerFacts facts() const = 0;
  virtual const Limits& limits() const = 0;
  /// The events of this session from now on; one that must not be missed (replaced) comes first if it has been already.
  virtual std::shared_ptr<EventQueue> subscribe() = 0;
};

}  // namespace sisu::relay::commands
