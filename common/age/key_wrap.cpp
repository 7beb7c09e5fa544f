#include "common/age/key_wrap.hpp"

#include "common/age/aead.hpp"

namespace sisu::age {

WrappedFileKey wrap(const FileKey& key, const Secret<32>& wrap_key) {
  WrappedFileKey wrapped{};
  Aead(wrap_key).seal(Nonce{}, key.bytes(), wrapped);
  return wrapped;
}

std::optional<FileKey> unwrap(std::span<const std::uint8_t, file_key_bytes + tag_bytes> body,
                              const Secret<32>& wrap_key) {
  FileKey key;
  if (!Aead(wrap_key).open(Nonce{}, body, key.bytes())) return std::nullopt;
  return key;
}

}  // namespace sisu::age
