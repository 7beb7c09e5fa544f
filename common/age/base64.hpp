// Base64 as age has it: RFC 4648 4 without padding, canonical only (3.5). For public octets: it is not constant-time.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sisu::age {

std::string encode_base64(std::span<const std::uint8_t> bytes);

/// nullopt: padding, another character, bits behind the last octet, or a length that no octets have.
std::optional<std::vector<std::uint8_t>> decode_base64(std::string_view text);

/// The same into `out`, which must be filled exactly.
bool decode_base64(std::string_view text, std::span<std::uint8_t> out);

}  // namespace sisu::age
