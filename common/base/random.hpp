// Random bytes from the kernel (getrandom(2)). Fit for keys, ids and jitter alike.
#pragma once

#include <cstdint>
#include <span>

namespace sisu {

/// Fills `out`. Ends the process if the kernel cannot answer, which it always can after boot.
void fill_random(std::span<std::uint8_t> out);

/// Uniform in [0, bound). `bound` must be at least 1.
std::uint64_t random_below(std::uint64_t bound);

}  // namespace sisu
