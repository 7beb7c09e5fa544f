#include "common/base/random.hpp"

#include "common/base/expects.hpp"

#include <array>
#include <cstring>
#include <sys/random.h>

namespace sisu {

void fill_random(std::span<std::uint8_t> out) {
  while (!out.empty()) {
    const ssize_t got = ::getrandom(out.data(), out.size(), 0);
    expects(got > 0, "getrandom() to answer");
    out = out.subspan(static_cast<std::size_t>(got));
  }
}

std::uint64_t random_below(std::uint64_t bound) {
  expects(bound >= 1, "a bound of at least 1");
  // Rejection keeps it uniform: values above the largest multiple of `bound` are drawn again.
  const std::uint64_t limit = UINT64_MAX - UINT64_MAX % bound;
  for (;;) {
    std::array<std::uint8_t, sizeof(std::uint64_t)> bytes{};
    fill_random(bytes);
    std::uint64_t value = 0;
    std::memcpy(&value, bytes.data(), sizeof value);
    if (value < limit) return value % bound;
  }
}

}  // namespace sisu
