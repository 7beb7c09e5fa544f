// Bech32 (BIP 173), the spelling of age's keys, read only.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace sisu::age {

/// The 32 octets of `text`, whose human-readable part must be `prefix` in lower case (text in one case or the other).
/// False: another prefix or length, mixed case, wrong checksum, stray bits. Leaves no copy of the octets behind but in
/// `out`, and none there if false.
bool decode_bech32(std::string_view text, std::string_view prefix, std::span<std::uint8_t, 32> out);

}  // namespace sisu::age
