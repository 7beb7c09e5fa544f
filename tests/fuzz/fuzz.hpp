// What the targets share: the input as text, and a way to say that a property does not hold.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace sisu::fuzz {

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

inline void require(bool property) {
  if (!property) std::abort();
}

/// Calls `take(piece)` for `text` in pieces of `chunk` octets, at least 1.
template <class Take>
void in_pieces(std::string_view text, std::size_t chunk, Take take) {
  for (; !text.empty(); text.remove_prefix(std::min(chunk, text.size()))) take(text.substr(0, chunk));
}

}  // namespace sisu::fuzz
