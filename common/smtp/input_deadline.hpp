// Until when the peer must have sent something useful. Single octets do not extend it: a command must become complete,
// a message must grow by a minimum (docs of ServerTimeouts).
#pragma once

#include "common/smtp/server_engine.hpp"
#include "common/smtp/server_limits.hpp"

#include <chrono>
#include <cstdint>

namespace sisu::smtp {

class InputDeadline {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  InputDeadline(const ServerTimeouts& timeouts, TimePoint start);

  /// Called before each wait for input, which must end by the result. `received` counts the octets of the connection.
  TimePoint next(const ServerEngine& engine, std::uint64_t received, TimePoint now);

 private:
  void restart(TimePoint now, ServerTimeouts::Duration limit, std::uint64_t received);

  ServerTimeouts timeouts_;
  TimePoint first_mail_;
  TimePoint deadline_;
  TimePoint message_end_ = TimePoint::max();
  bool in_message_ = false;
  bool mail_seen_ = false;
  std::uint64_t commands_ = 0;
  std::uint64_t received_ = 0;
};

}  // namespace sisu::smtp
