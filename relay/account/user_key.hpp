// The SSH public key that is an account, and its fingerprint. Only ed25519, only in the one canonical form, so that two
// texts of one key cannot be two accounts. Free of libssh: the registry reads keys that no session presented.
#pragma once

#include "common/base/result.hpp"

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace sisu::relay {

/// SHA-256 of the key's wire form.
class Fingerprint {
 public:
  using Digest = std::array<std::uint8_t, 32>;

  Fingerprint() = default;  ///< all zero: no key's
  explicit Fingerprint(const Digest& digest) : digest_(digest) {}
  /// "SHA256:" and 43 characters of base64 without padding, as OpenSSH prints it.
  static std::optional<Fingerprint> parse(std::string_view text);

  std::string to_string() const;
  const Digest& digest() const { return digest_; }
  auto operator<=>(const Fingerprint&) const = default;

 private:
  Digest digest_{};
};

enum class KeyError {
  not_a_key,    ///< no "type base64" line
  not_ed25519,  ///< another kind of key
  damaged,      ///< says ssh-ed25519, but its bytes are not one
};

/// One line: why not, and what to do.
std::string_view describe(KeyError error);

class UserKey {
 public:
  /// "ssh-ed25519 AAAA...", as in *.pub; a comment behind it is dropped.
  static Result<UserKey, KeyError> parse(std::string_view line);

  /// "ssh-ed25519 AAAA...".
  const std::string& to_openssh() const { return line_; }
  const Fingerprint& fingerprint() const { return fingerprint_; }
  bool operator==(const UserKey& other) const { return line_ == other.line_; }

 private:
  UserKey(std::string line, Fingerprint fingerprint) : line_(std::move(line)), fingerprint_(fingerprint) {}
  std::string line_;
  Fingerprint fingerprint_;
};

}  // namespace sisu::relay

template <>
struct std::hash<sisu::relay::Fingerprint> {
  std::size_t operator()(const sisu::relay::Fingerprint& fingerprint) const noexcept {
    std::size_t value = 0;
    std::memcpy(&value, fingerprint.digest().data(), sizeof value);
    return value;
  }
};
