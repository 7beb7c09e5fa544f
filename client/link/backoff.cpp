#include "client/link/backoff.hpp"

#include <algorithm>

namespace sisu::client {

std::chrono::milliseconds Backoff::step() const {
  constexpr unsigned most_doublings = 30;  // far past any `longest`, and no overflow
  const auto doubled = options_.first * (std::int64_t{1} << std::min(failures_, most_doublings));
  return std::min<std::chrono::milliseconds>(doubled, options_.longest);
}

std::chrono::milliseconds Backoff::next() {
  const auto whole = step();
  const auto half = whole / 2;
  ++failures_;
  const auto spread = static_cast<std::uint64_t>((whole - half).count()) + 1;
  return half + std::chrono::milliseconds(static_cast<std::int64_t>(random_(spread)));
}

}  // namespace sisu::client
