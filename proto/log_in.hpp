// What a relay says in its SSH banner (RFC 4252 5.4) when it refuses a log-in (proto/commands.md).
#pragma once

#include <string_view>

namespace sisu::proto {

/// Ahead of the reason where the same log-in may be granted later: no room, no memory. The client then tries again by
/// itself, as if the relay had not been reached.
inline constexpr std::string_view not_now = "not now: ";

}  // namespace sisu::proto
