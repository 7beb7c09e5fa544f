// What a sender is told when its message could not be stored. Always transient: the message is not at fault.
#pragma once

#include "common/smtp/reply.hpp"

#include <system_error>

namespace sisu::client {

/// 452 4.3.1 when there is no space or quota left (RFC 3463 3.4: mail system full), else 451 4.3.0. The text has the
/// system's words for the error and no path.
smtp::Reply storage_reply(const std::error_code& error);

}  // namespace sisu::client
