// The file key in a stanza's body, sealed with a key of that stanza alone; so the nonce is all zero.
#pragma once

#include "common/age/limits.hpp"
#include "common/base/secret.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>

namespace sisu::age {

using FileKey = Secret<file_key_bytes>;
using WrappedFileKey = std::array<std::uint8_t, file_key_bytes + tag_bytes>;

WrappedFileKey wrap(const FileKey& key, const Secret<32>& wrap_key);

/// nullopt: it was wrapped with another key.
std::optional<FileKey> unwrap(std::span<const std::uint8_t, file_key_bytes + tag_bytes> body,
                              const Secret<32>& wrap_key);

}  // namespace sisu::age
