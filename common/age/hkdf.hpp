// HKDF (RFC 5869) and HMAC (RFC 2104), both with SHA-256 and 32 octets of output: all that age derives is that long.
#pragma once

#include "common/base/secret.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace sisu::age {

using Bytes = std::span<const std::uint8_t>;
using Mac = std::array<std::uint8_t, 32>;

/// `key` and `salt` may be empty; `info` is short text.
Secret<32> hkdf(Bytes key, Bytes salt, std::string_view info);

Mac hmac(Bytes key, std::string_view text);

}  // namespace sisu::age
