// Times in the words of HTTP and ACME: Retry-After (RFC 9110 10.2.3) and the timestamps of RFC 3339.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace sisu::acme {

/// How long a server wants one to wait from `now`: a number of seconds or a date, at least 0, at most
/// limits::retry_after. Dates as IMF-fixdate only, stricter than RFC 9110 5.6.7, which has recipients take two forms
/// that no sender may write since 1999.
std::optional<std::chrono::seconds> parse_retry_after(std::string_view text, std::chrono::system_clock::time_point now);

/// "2025-01-02T04:00:00Z", with or without a fraction (dropped), with Z or an offset. A leap second is the next second.
std::optional<std::chrono::system_clock::time_point> parse_rfc3339(std::string_view text);

}  // namespace sisu::acme
