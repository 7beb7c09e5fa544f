#include "relay/limits/limit_table.hpp"

#include "common/base/expects.hpp"
#include "relay/limits/limit_value.hpp"

#include <algorithm>

namespace sisu::relay {
namespace {

constexpr std::uint64_t second = 1000;
constexpr std::uint64_t hour = 3600 * second;
constexpr std::uint64_t day = 24 * hour;
constexpr std::uint64_t kib = 1024;
constexpr std::uint64_t many = 1'000'000;

constexpr auto count = LimitUnit::count;
constexpr auto per_minute = LimitUnit::per_minute;
constexpr auto per_hour = LimitUnit::per_hour;
constexpr auto percent = LimitUnit::percent;
constexpr auto bytes = LimitUnit::bytes;
constexpr auto rate = LimitUnit::bytes_per_second;
constexpr auto duration = LimitUnit::duration;
using L = Limits;
using N = LimitName;

constexpr std::array<LimitRow, limit_count> table = {{
    {N::login_time, "login-time", duration, &L::login_time, 1, hour, "SSH key exchange and log-in, together"},
    {N::login_attempts, "login-attempts", count, &L::login_attempts, 1, 100, "refused keys before a session is cut"},
    {N::packets_before_login, "packets-before-login", count, &L::packets_before_login, 10, many,
     "SSH packets of a peer that has not logged in"},
    {N::bytes_before_login, "bytes-before-login", bytes, &L::bytes_before_login, 4 * kib, 1024 * kib,
     "bytes of a peer that has not logged in"},
    {N::unauthenticated, "unauthenticated", count, &L::unauthenticated, 1, many,
     "SSH connections not logged in, in all"},
    {N::unauthenticated_per_source, "unauthenticated-per-source", count, &L::unauthenticated_per_source, 1, many,
     "the same, per source (/24 or /64)"},
    {N::early_drop_start, "early-drop-start", percent, &L::early_drop_start, 1, 100,
     "of either of these two, from which on new connections are dropped at random; 100%: none"},
    {N::early_drop_rate, "early-drop-rate", percent, &L::early_drop_rate, 1, 100,
     "of the new connections are dropped there; all of them when it is full"},
    {N::ssh_arrivals_per_source, "ssh-arrivals-per-source", per_minute, &L::ssh_arrivals_per_source, 1, many,
     "new SSH connections from one source (/24 or /64)"},
    {N::refusals_logged, "refusals-logged", per_minute, &L::refusals_logged, 1, many,
     "log lines about log-ins that came to nothing, from one source (/24 or /64); more are only counted"},
    {N::claim_time, "claim-time", duration, &L::claim_time, 1, hour,
     "for the claim of a log-in that has no account; it counts as not logged in"},
    {N::newcomer_commands, "newcomer-commands", count, &L::newcomer_commands, 1, 100, "commands that it runs at once"},
    {N::commands_per_source, "commands-per-source", per_minute, &L::commands_per_source, 1, many,
     "its commands and those of others like it from one source (/24 or /64)"},
    {N::claims, "claims", count, &L::claims, 1, many, "names claimed within 24 h, in all"},
    {N::claims_per_source, "claims-per-source", count, &L::claims_per_source, 1, many,
     "the same, from one source (/24 or /64)"},
    {N::wrong_invites_per_source, "wrong-invites-per-source", count, &L::wrong_invites_per_source, 1, many,
     "invitation codes that were not good, from one source (/24 or /64) within an hour"},
    {N::sessions, "sessions", count, &L::sessions, 1, many, "SSH sessions logged in, in all"},
    {N::sessions_per_user, "sessions-per-user", count, &L::sessions_per_user, 1, many, "SSH sessions of one user"},
    {N::command_channels, "command-channels", count, &L::command_channels, 1, 1000,
     "commands and shells open at once in one session"},
    {N::command_bytes, "command-bytes", bytes, &L::command_bytes, 64, 4 * kib, "length of one command line"},
    {N::commands_per_user, "commands-per-user", per_minute, &L::commands_per_user, 1, many,
     "commands of one user, in all sessions"},
    {N::lookups_per_user, "lookups-per-user", per_minute, &L::lookups_per_user, 1, many,
     "of these, look-ups of other users' keys"},
    {N::tlsa_per_user, "tlsa-per-user", per_hour, &L::tlsa_per_user, 1, many, "changes of one user's TLSA records"},
    {N::acme_per_user, "acme-per-user", per_hour, &L::acme_per_user, 1, many,
     "challenges presented and cleaned up, and ACME accounts bound, by one user"},
    {N::challenge_wait, "challenge-wait", duration, &L::challenge_wait, 1, hour,
     "for every name server to serve a challenge that was presented"},
    {N::refused_requests, "refused-requests", count, &L::refused_requests, 1, many,
     "refused channels and requests before a session is cut"},
    {N::requests, "requests", per_minute, &L::requests, 1, many,
     "whatever a client asks of its session, keepalives too, then it is cut"},
    {N::channel_bytes, "channel-bytes", bytes, &L::channel_bytes, 1'280'000, 1024 * 1024 * kib,
     "unread bytes that a client sends on one channel; beyond its window (1280000) it cheats, and is cut"},
    {N::backlog_bytes, "backlog-bytes", bytes, &L::backlog_bytes, 64 * kib, 1024 * 1024 * kib,
     "answers that a client does not read, then it is cut"},
    {N::discarded_bytes, "discarded-bytes", bytes, &L::discarded_bytes, 1'280'000, 1024 * 1024 * kib,
     "bytes that a client sends on a closed channel, then it is cut"},
    {N::unconfirmed_opens, "unconfirmed-opens", count, &L::unconfirmed_opens, 1, many,
     "channels of one session that wait to be confirmed; further senders get 421"},
    {N::unconfirmed_closes, "unconfirmed-closes", count, &L::unconfirmed_closes, 1, many,
     "channels whose end a client does not confirm, then it is cut"},
    {N::event_queue, "event-queue", count, &L::event_queue, 1, 10'000, "events that a slow reader of `events` may owe"},
    {N::shell_idle, "shell-idle", duration, &L::shell_idle, 1, day, "a shell without input"},
    {N::keepalive, "keepalive", duration, &L::keepalive, 1, hour, "silence of a session, then it is probed"},
    {N::session_silence, "session-silence", duration, &L::session_silence, 1, day,
     "silence of a session in spite of probes, then it is cut"},
    {N::takeover_grace, "takeover-grace", duration, &L::takeover_grace, 0, hour,
     "for the running deliveries of a session that a newer one replaced"},
    {N::listen_backlog, "listen-backlog", count, &L::listen_backlog, 1, 65535,
     "connections that the kernel queues for one address"},
    {N::connections, "connections", count, &L::connections, 1, many, "senders' connections in all"},
    {N::connections_per_user, "connections-per-user", count, &L::connections_per_user, 1, many,
     "senders' connections to one user"},
    {N::connections_per_source, "connections-per-source", count, &L::connections_per_source, 1, many,
     "of these, from one source (/24 or /64); large senders share few addresses"},
    {N::connections_per_address, "connections-per-address", count, &L::connections_per_address, 1, many,
     "senders' connections from one address, to all users"},
    {N::connections_per_prefix, "connections-per-prefix", count, &L::connections_per_prefix, 1, many,
     "senders' connections from one /24 or /64, to all users"},
    {N::arrivals_per_user, "arrivals-per-user", per_minute, &L::arrivals_per_user, 1, many,
     "new connections of senders to one user; one minute's worth may come at once"},
    {N::arrivals_per_address, "arrivals-per-address", per_minute, &L::arrivals_per_address, 1, many,
     "new connections of senders from one address, to all users"},
    {N::arrivals_per_prefix, "arrivals-per-prefix", per_minute, &L::arrivals_per_prefix, 1, many,
     "new connections of senders from one /24 or /64, to all users"},
    {N::channel_open, "channel-open", duration, &L::channel_open, 1, hour,
     "for a client to confirm a channel; later, deliveries are suspended"},
    {N::idle, "idle", duration, &L::idle, 1, day, "a connection without a byte in either direction"},
    {N::half_closed_idle, "half-closed-idle", duration, &L::half_closed_idle, 1, day,
     "the same once one side has finished"},
    {N::progress, "progress", duration, &L::progress, 1, day,
     "for one side to take pipe-buffer bytes that the other has sent"},
    {N::pipe_buffer, "pipe-buffer", bytes, &L::pipe_buffer, 8 * kib, 1024 * kib,
     "buffer per connection and direction, at most"},
    {N::user_rate, "user-rate", rate, &L::user_rate, 1000, 1'000'000'000'000,
     "in each direction, all connections of one user; one second's worth may come at once"},
    {N::memory, "memory", bytes, &L::memory, 1024 * kib, 1024 * 1024 * 1024 * kib,
     "bytes held for all peers; beyond, newcomers are refused and sessions that hold most are cut"},
    {N::stop_grace, "stop-grace", duration, &L::stop_grace, 0, hour, "for running deliveries when the relay stops"},
}};

constexpr bool table_is_in_order() {
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (static_cast<std::size_t>(table[i].id) != i) return false;
  }
  return true;
}
static_assert(table_is_in_order(), "row_of() indexes the table");

std::uint64_t read(const LimitRow& row, const Limits& limits) {
  if (const auto* number = std::get_if<std::uint64_t Limits::*>(&row.member)) return limits.**number;
  return static_cast<std::uint64_t>((limits.*std::get<Duration Limits::*>(row.member)).count());
}

void write(const LimitRow& row, Limits& limits, std::uint64_t value) {
  if (const auto* number = std::get_if<std::uint64_t Limits::*>(&row.member)) {
    limits.** number = value;
  } else {
    limits.*std::get<Duration Limits::*>(row.member) = Duration(value);
  }
}

std::string names() {
  std::string list;
  for (const LimitRow& row : table) {
    if (!list.empty()) list += ", ";
    list += row.name;
  }
  return list;
}

void pad_to(std::string& line, std::size_t column) {
  line.append(line.size() + 1 < column ? column - line.size() : 1, ' ');
}

}  // namespace

std::span<const LimitRow> limit_table() { return table; }

const LimitRow& row_of(LimitName id) { return table[static_cast<std::size_t>(id)]; }

std::string_view to_text(LimitName id) { return row_of(id).name; }

std::string value_text(const LimitRow& row, const Limits& limits) {
  return format_limit_value(row.unit, read(row, limits));
}

Result<void, std::string> set_limit(Limits& limits, std::string_view assignment) {
  const std::size_t equals = assignment.find('=');
  if (equals == assignment.npos) return fail("\"" + std::string(assignment) + "\" is not NAME=VALUE");
  const std::string_view name = assignment.substr(0, equals);
  const auto row = std::ranges::find(table, name, &LimitRow::name);
  if (row == table.end()) return fail("no limit is called \"" + std::string(name) + "\"; there are: " + names());
  const auto value = parse_limit_value(row->unit, assignment.substr(equals + 1));
  if (!value) return fail(std::string(name) + ": " + value.error());
  if (*value < row->least || *value > row->most) {
    return fail(std::string(name) + ": must be between " + format_limit_value(row->unit, row->least) + " and " +
                format_limit_value(row->unit, row->most));
  }
  write(*row, limits, *value);
  return {};
}

std::string show_limits(const Limits& limits) {
  constexpr std::size_t value_column = 29;
  constexpr std::size_t default_column = 41;
  constexpr std::size_t meaning_column = 53;
  std::string text = "NAME";
  pad_to(text, value_column);
  text += "VALUE";
  pad_to(text, default_column);
  text += "DEFAULT";
  pad_to(text, meaning_column);
  text += "MEANING\n";
  for (const LimitRow& row : table) {
    std::string line(row.name);
    pad_to(line, value_column);
    line += value_text(row, limits);
    pad_to(line, default_column);
    line += value_text(row, Limits{});
    pad_to(line, meaning_column);
    text += line + std::string(row.meaning) + "\n";
  }
  return text;
}

}  // namespace sisu::relay
