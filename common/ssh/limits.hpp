// What one SSH connection may cost us, and the names of the limits for logs and counters.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sisu::ssh {

enum class LimitKind {
  login_attempts,
  packets_before_login,
  bytes_before_login,
  refused_requests,
  command_channels,
  command_bytes,
  channel_bytes,
  backlog_bytes,
  discarded_bytes,
  unconfirmed_opens,
  unconfirmed_closes,
  requests,
  session_silence,
};

/// "login_attempts" and so on.
constexpr std::string_view to_string(LimitKind kind) {
  switch (kind) {
    case LimitKind::login_attempts:
      return "login_attempts";
    case LimitKind::packets_before_login:
      return "packets_before_login";
    case LimitKind::bytes_before_login:
      return "bytes_before_login";
    case LimitKind::refused_requests:
      return "refused_requests";
    case LimitKind::command_channels:
      return "command_channels";
    case LimitKind::command_bytes:
      return "command_bytes";
    case LimitKind::channel_bytes:
      return "channel_bytes";
    case LimitKind::backlog_bytes:
      return "backlog_bytes";
    case LimitKind::discarded_bytes:
      return "discarded_bytes";
    case LimitKind::unconfirmed_opens:
      return "unconfirmed_opens";
    case LimitKind::unconfirmed_closes:
      return "unconfirmed_closes";
    case LimitKind::requests:
      return "requests";
    case LimitKind::session_silence:
      return "session_silence";
  }
  return "";
}

/// Either end, any connection. Reaching one ends the session, except where it says otherwise.
struct ConnectionLimits {
  std::size_t channel_bytes = 1'600'000;         ///< unread bytes of one channel; a peer that keeps to the window sends
                                                 ///< 1,280,000 at most
  std::uint64_t backlog_bytes = 1024 * 1024;     ///< answers that the peer does not read
  std::size_t discarded_bytes = 4'000'000;       ///< bytes on a channel after our close; an honest peer: one window
  std::size_t unconfirmed_opens = 1000;          ///< channels that the peer has not confirmed; further opens fail
  std::size_t unconfirmed_closes = 4000;         ///< channels whose close the peer has not confirmed
  std::uint64_t requests = 0;                    ///< answers per minute to what the peer asks; 0: no limit
  std::chrono::milliseconds keepalive{10'000};   ///< silence after which the peer is asked; 0: never
  std::chrono::milliseconds dead_after{25'000};  ///< silence after which the session ends
};

}  // namespace sisu::ssh
