// The facts about a caller as `whoami` and `status` write them: JSON members, and lines for people.
#pragma once

#include "relay/commands/caller.hpp"

#include <nlohmann/json_fwd.hpp>

#include <chrono>
#include <string>
#include <string_view>

namespace sisu::relay::commands {

nlohmann::ordered_json identity_json(const CallerFacts& facts);
std::string identity_text(const CallerFacts& facts);

/// "  name        value\n"
std::string text_line(std::string_view name, std::string_view value);
/// RFC 3339 in UTC, whole seconds.
std::string time_text(std::chrono::system_clock::time_point time);

}  // namespace sisu::relay::commands
