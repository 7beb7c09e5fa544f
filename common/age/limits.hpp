// Sizes of the format, and what a file that a stranger made may have of each thing.
#pragma once

#include <cstddef>

namespace sisu::age {

inline constexpr std::size_t file_key_bytes = 16;
inline constexpr std::size_t payload_nonce_bytes = 16;
inline constexpr std::size_t tag_bytes = 16;           ///< of Poly1305
inline constexpr std::size_t chunk_bytes = 64 * 1024;  ///< of plaintext
inline constexpr std::size_t sealed_chunk_bytes = chunk_bytes + tag_bytes;
inline constexpr std::size_t body_columns = 64;  ///< of a stanza's body

/// The format names none; stock age writes far less of each.
struct Limits {
  static constexpr std::size_t header_bytes = 64 * 1024;  ///< with all line ends
  static constexpr std::size_t line_bytes = 4096;         ///< without its line end; the longest known are of 1,510
  static constexpr std::size_t stanzas = 256;             ///< known or not; also recipients of a file that we make
  static constexpr std::size_t arguments = 16;            ///< of a stanza, its type among them
};

}  // namespace sisu::age
