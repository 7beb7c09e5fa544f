// From edwards25519, where ssh-ed25519 keys live, to Curve25519, where keys are exchanged.
#pragma once

#include "common/age/x25519.hpp"

#include <array>
#include <cstdint>
#include <optional>

namespace sisu::age {

using Ed25519PublicKey = std::array<std::uint8_t, 32>;  ///< RFC 8032 5.1.2: y, little-endian, and the sign of x

/// u = (1 + y) / (1 - y) (RFC 7748 4.1). nullopt: y is not below the prime (RFC 8032 5.1.3), is the neutral element's,
/// or belongs to no point. Not constant-time: the key is public.
std::optional<Point> to_montgomery(const Ed25519PublicKey& key);

}  // namespace sisu::age
