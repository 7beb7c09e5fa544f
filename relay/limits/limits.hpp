// Every limit of the relay, with its default, in one aggregate. Names, units, ranges and meanings for people stand in
// limit_table.cpp, from which --show-limits and --limit work; a test keeps the two together.
#pragma once

#include <chrono>
#include <cstdint>

namespace sisu::relay {

using Duration = std::chrono::milliseconds;

struct Limits {
  // Before log-in: anyone.
  Duration login_time = std::chrono::seconds(20);
  std::uint64_t login_attempts = 6;
  std::uint64_t packets_before_login = 100;
  std::uint64_t bytes_before_login = 64 * 1024;
  std::uint64_t unauthenticated = 400;
  std::uint64_t unauthenticated_per_source = 20;
  std::uint64_t early_drop_start = 50;             // percent
  std::uint64_t early_drop_rate = 30;              // percent
  std::uint64_t ssh_arrivals_per_source = 60'000;  // per minute
  std::uint64_t refusals_logged = 120;             // per minute

  // A log-in that has no account yet.
  Duration claim_time = std::chrono::seconds(60);
  std::uint64_t newcomer_commands = 1;
  std::uint64_t commands_per_source = 60;       // per minute
  std::uint64_t claims = 1000;                  // a day
  std::uint64_t claims_per_source = 10;         // a day
  std::uint64_t wrong_invites_per_source = 10;  // an hour

  // A user's sessions.
  std::uint64_t sessions = 5000;
  std::uint64_t sessions_per_user = 20;
  std::uint64_t command_channels = 10;
  std::uint64_t command_bytes = 4096;
  std::uint64_t commands_per_user = 300;  // per minute
  std::uint64_t lookups_per_user = 10;    // per minute
  std::uint64_t tlsa_per_user = 60;       // per hour
  std::uint64_t acme_per_user = 120;      // per hour
  Duration challenge_wait = std::chrono::minutes(2);
  std::uint64_t refused_requests = 100;
  std::uint64_t requests = 6000;  // per minute
  std::uint64_t channel_bytes = 1'600'000;
  std::uint64_t backlog_bytes = 1024 * 1024;
  std::uint64_t discarded_bytes = 4'000'000;
  std::uint64_t unconfirmed_opens = 1000;
  std::uint64_t unconfirmed_closes = 4000;
  std::uint64_t event_queue = 64;
  Duration shell_idle = std::chrono::minutes(30);
  Duration keepalive = std::chrono::seconds(10);
  Duration session_silence = std::chrono::seconds(25);
  Duration takeover_grace = std::chrono::seconds(60);

  // Senders' connections.
  std::uint64_t listen_backlog = 512;
  std::uint64_t connections = 3500;  // their buffers leave an eighth of `memory` for log-ins
  std::uint64_t connections_per_user = 1000;
  std::uint64_t connections_per_source = 200;
  std::uint64_t connections_per_address = 1000;
  std::uint64_t connections_per_prefix = 2000;
  std::uint64_t arrivals_per_user = 30'000;  // per minute
  std::uint64_t arrivals_per_address = 30'000;
  std::uint64_t arrivals_per_prefix = 60'000;
  Duration channel_open = std::chrono::seconds(5);
  Duration idle = std::chrono::minutes(10);
  Duration half_closed_idle = std::chrono::minutes(1);
  Duration progress = std::chrono::minutes(5);
  std::uint64_t pipe_buffer = 64 * 1024;
  std::uint64_t user_rate = 125'000'000;

  // The relay itself.
  std::uint64_t memory = 512 * 1024 * 1024;
  Duration stop_grace = std::chrono::seconds(30);
};

}  // namespace sisu::relay
