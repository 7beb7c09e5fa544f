// Every limit of the receiving side in one aggregate: what, in which unit, and where the figure comes from.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace sisu::smtp {

/// Enforced by the engine.
struct ServerLimits {
  std::uint64_t message_octets = 50ULL * 1024 * 1024;     ///< SIZE (RFC 1870): as stored, dot-stuffing removed
  std::uint64_t discarded_octets = 256ULL * 1024 * 1024;  ///< read and dropped of one refused message before a cut
  std::size_t command_line_octets = 2048;         ///< with CRLF; RFC 5321 4.5.3.1.4 asks for 512, extensions add to it
  std::size_t discarded_line_octets = 64 * 1024;  ///< of one over-long line before a cut
  unsigned recipients = 100;                      ///< of one message (RFC 5321 4.5.3.1.8); RCPTMAX of RFC 9422
  unsigned messages = 100;                        ///< MAIL commands of one connection; MAILMAX of RFC 9422
  unsigned errors = 10;                           ///< commands unknown, malformed or out of order, per connection
  unsigned refusals = 100;                        ///< senders and recipients refused by policy, per connection
  unsigned idle_commands = 100;  ///< commands since the last message that move nothing on: NOOP, RSET, EHLO, VRFY, HELP
};

/// Enforced by the session. RFC 5321 4.5.3.2 where it names one.
struct ServerTimeouts {
  using Duration = std::chrono::steady_clock::duration;
  Duration command = std::chrono::minutes(5);        ///< for each command to be complete, 4.5.3.2.7
  Duration first_mail = std::chrono::minutes(10);    ///< from the greeting to an accepted MAIL
  Duration data_progress = std::chrono::minutes(5);  ///< for each `data_progress_octets` of a message
  std::size_t data_progress_octets = 16 * 1024;      ///< slower than this is a stalled sender
  Duration message = std::chrono::hours(2);          ///< from DATA, or the first BDAT, to the end of the message
  Duration write = std::chrono::minutes(5);          ///< for the peer to take our replies
  Duration tls_handshake = std::chrono::minutes(1);  ///< STARTTLS to its end
  Duration linger = std::chrono::seconds(5);         ///< after our last reply, for the peer to end the connection
  Duration stop_grace = std::chrono::seconds(30);    ///< for the running transaction once stop() was called
};

}  // namespace sisu::smtp
