// Retry-After (RFC 9110 10.2.3): how long a server asks to be left alone.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace sisu::http_client {

/// What is longer is cut to this: a server must not silence us for good.
constexpr std::chrono::seconds longest_retry_after = std::chrono::days(366);

/// delay-seconds, or an HTTP-date in any of the three forms of RFC 9110 5.6.7; a date that has passed is 0. Nothing if
/// it is neither.
std::optional<std::chrono::seconds> parse_retry_after(std::string_view value,
                                                      std::chrono::system_clock::time_point now);

/// "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994": the name of the day
/// must be one, but not the right one. A year of two digits is the nearest to `now` that is not over 50 years ahead.
std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view value,
                                                        std::chrono::system_clock::time_point now);

}  // namespace sisu::http_client
