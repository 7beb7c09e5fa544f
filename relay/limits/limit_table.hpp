// The limits by name: what --show-limits prints, --limit sets, and counters and log lines call them.
#pragma once

#include "common/base/result.hpp"
#include "relay/limits/limits.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace sisu::relay {

/// In the order of the table.
enum class LimitName : std::uint8_t {
  login_time,
  login_attempts,
  packets_before_login,
  bytes_before_login,
  unauthenticated,
  unauthenticated_per_source,
  early_drop_start,
  early_drop_rate,
  ssh_arrivals_per_source,
  refusals_logged,
  claim_time,
  newcomer_commands,
  commands_per_source,
  claims,
  claims_per_source,
  wrong_invites_per_source,
  sessions,
  sessions_per_user,
  command_channels,
  command_bytes,
  commands_per_user,
  lookups_per_user,
  tlsa_per_user,
  acme_per_user,
  challenge_wait,
  refused_requests,
  requests,
  channel_bytes,
  backlog_bytes,
  discarded_bytes,
  unconfirmed_opens,
  unconfirmed_closes,
  event_queue,
  shell_idle,
  keepalive,
  session_silence,
  takeover_grace,
  listen_backlog,
  connections,
  connections_per_user,
  connections_per_source,
  connections_per_address,
  connections_per_prefix,
  arrivals_per_user,
  arrivals_per_address,
  arrivals_per_prefix,
  channel_open,
  idle,
  half_closed_idle,
  progress,
  pipe_buffer,
  user_rate,
  memory,
  stop_grace,
};
inline constexpr std::size_t limit_count = static_cast<std::size_t>(LimitName::stop_grace) + 1;

enum class LimitUnit { count, per_minute, per_hour, percent, bytes, bytes_per_second, duration };

struct LimitRow {
  LimitName id;
  std::string_view name;  ///< "login-time"
  LimitUnit unit;
  std::variant<Duration Limits::*, std::uint64_t Limits::*> member;
  std::uint64_t least;  ///< in the unit; milliseconds for durations
  std::uint64_t most;
  std::string_view meaning;  ///< one line
};

std::span<const LimitRow> limit_table();
const LimitRow& row_of(LimitName id);
std::string_view to_text(LimitName id);

/// As --show-limits and `status` write it: "20s", "64KiB", "125MB/s", "400", "600/min", "60/h", "50%".
std::string value_text(const LimitRow& row, const Limits& limits);

/// Sets one limit from "NAME=VALUE". The error is one line for a person; for an unknown name it lists the names.
Result<void, std::string> set_limit(Limits& limits, std::string_view assignment);

/// The table as text: name, value, default, meaning.
std::string show_limits(const Limits& limits);

}  // namespace sisu::relay
