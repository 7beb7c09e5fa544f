// Values of limits as text (proto/limits.md): "400", "64KiB", "125MB/s", "20s".
#pragma once

#include "common/base/result.hpp"
#include "relay/limits/limit_table.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace sisu::relay {

/// The number in the unit's smallest form: bytes, milliseconds. The error is one line for a person.
Result<std::uint64_t, std::string> parse_limit_value(LimitUnit unit, std::string_view text);

/// The largest unit in which the number is whole; parse_limit_value() reads it back.
std::string format_limit_value(LimitUnit unit, std::uint64_t value);

}  // namespace sisu::relay
