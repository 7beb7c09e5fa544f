// X25519 (RFC 7748 5) by libcrypto.
#pragma once

#include "common/base/secret.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>

namespace sisu::age {

/// A u-coordinate, little-endian; public. The top bit is ignored (RFC 7748 5).
using Point = std::array<std::uint8_t, 32>;
using Scalar = Secret<32>;

/// The scalar times the base point.
Point x25519_base(const Scalar& scalar);

/// nullopt: the product is all zero, which every scalar makes of a point of low order (RFC 7748 6.1).
std::optional<Secret<32>> x25519(const Scalar& scalar, const Point& point);

bool has_low_order(const Point& point);

}  // namespace sisu::age
