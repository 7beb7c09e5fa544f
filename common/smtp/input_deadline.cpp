#include "common/smtp/input_deadline.hpp"

#include <algorithm>

namespace sisu::smtp {

InputDeadline::InputDeadline(const ServerTimeouts& timeouts, TimePoint start)
    : timeouts_(timeouts), first_mail_(start + timeouts.first_mail), deadline_(start + timeouts.command) {}

void InputDeadline::restart(TimePoint now, ServerTimeouts::Duration limit, std::uint64_t received) {
  deadline_ = now + limit;
  received_ = received;
}

InputDeadline::TimePoint InputDeadline::next(const ServerEngine& engine, std::uint64_t received, TimePoint now) {
  if (engine.in_transaction()) mail_seen_ = true;
  const bool changed = in_message_ != engine.in_message() || commands_ != engine.commands();
  if (engine.in_message()) {
    const bool grown = received - received_ >= timeouts_.data_progress_octets;
    if (changed || grown) restart(now, timeouts_.data_progress, received);
    if (message_end_ == TimePoint::max()) message_end_ = now + timeouts_.message;
  } else if (changed) {
    restart(now, timeouts_.command, received);
  }
  if (!engine.in_transaction()) message_end_ = TimePoint::max();
  in_message_ = engine.in_message();
  commands_ = engine.commands();
  const TimePoint end = std::min(deadline_, message_end_);
  return mail_seen_ ? end : std::min(end, first_mail_);
}

}  // namespace sisu::smtp
