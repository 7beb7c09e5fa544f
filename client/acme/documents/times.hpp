// Times as documents of ACME write them: the timestamps of RFC 3339.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace sisu::acme {

/// "2025-01-02T04:00:00Z", with or without a fraction (dropped), with Z or an offset. A leap second is the next second.
/// Years 1970 to 2200.
std::optional<std::chrono::system_clock::time_point> parse_rfc3339(std::string_view text);

}  // namespace sisu::acme
