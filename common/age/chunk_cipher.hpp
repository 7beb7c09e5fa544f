// The payload's chunks, each sealed under its number and whether it is the last (STREAM,
// https://eprint.iacr.org/2015/189): a chunk that was moved, left out or cut off does not open.
#pragma once

#include "common/age/aead.hpp"

#include <cstdint>
#include <span>

namespace sisu::age {

enum class ChunkPlace : std::uint8_t { more_follow = 0, last = 1 };

class ChunkCipher {
 public:
  explicit ChunkCipher(const Secret<32>& payload_key) : aead_(payload_key) {}

  /// As Aead::seal(), for the next chunk.
  void seal(ChunkPlace place, std::span<const std::uint8_t> plain, std::span<std::uint8_t> sealed);

  /// As Aead::open(), for the next chunk. Where it fails, the same chunk can be tried in another place.
  [[nodiscard]] bool open(ChunkPlace place, std::span<const std::uint8_t> sealed, std::span<std::uint8_t> plain);

  std::uint64_t chunks() const { return counter_; }  ///< sealed or opened so far

 private:
  Nonce nonce(ChunkPlace place) const;

  Aead aead_;
  std::uint64_t counter_ = 0;  // of 88 bits in the format; 64 KiB times 2^64 is out of reach
};

}  // namespace sisu::age
