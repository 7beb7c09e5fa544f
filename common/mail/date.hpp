// Date and time as header fields write them (RFC 5322 3.3).
#pragma once

#include <chrono>
#include <string>

namespace sisu::mail {

/// "Fri, 20 Nov 2026 09:28:47 +0000": in UTC, free of locale and time zone.
std::string format_date(std::chrono::system_clock::time_point time);

}  // namespace sisu::mail
