// Retry-After (RFC 9110 10.2.3): how long a server asks to be left alone.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace sisu::http_client {

/// What is longer is cut to this: a server must not silence us for good.
constexpr std::chrono::seconds longest_retry_after = std::chrono::days(366);

/// delay-seconds, or an HTTP-date in any form that libcurl reads, among them the three of RFC 9110 5.6.7; a date that
/// has passed is 0. Nothing if it is neither.
std::optional<std::chrono::seconds> parse_retry_after(std::string_view value,
                                                      std::chrono::system_clock::time_point now);

}  // namespace sisu::http_client
