#include "common/age/chunk_cipher.hpp"

namespace sisu::age {

Nonce ChunkCipher::nonce(ChunkPlace place) const {
  Nonce nonce{};
  nonce.back() = static_cast<std::uint8_t>(place);
  for (unsigned i = 0; i < 8; ++i) nonce[10 - i] = static_cast<std::uint8_t>(counter_ >> 8 * i);
  return nonce;
}

void ChunkCipher::seal(ChunkPlace place, std::span<const std::uint8_t> plain, std::span<std::uint8_t> sealed) {
  aead_.seal(nonce(place), plain, sealed);
  ++counter_;
}

bool ChunkCipher::open(ChunkPlace place, std::span<const std::uint8_t> sealed, std::span<std::uint8_t> plain) {
  if (!aead_.open(nonce(place), sealed, plain)) return false;
  ++counter_;
  return true;
}

}  // namespace sisu::age
