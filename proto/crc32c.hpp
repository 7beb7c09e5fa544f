// CRC-32C (Castagnoli), RFC 3720 appendix B.4, as the PROXY protocol's PP2_TYPE_CRC32C uses it.
#pragma once

#include <cstdint>
#include <string_view>

namespace sisu::proto {

std::uint32_t crc32c(std::string_view bytes);

}  // namespace sisu::proto
