// The algorithms that Sisumail speaks: one modern choice of each kind, AEAD ciphers only, so that the MAC lists never
// matter (RFC 5647, PROTOCOL.chacha20poly1305).
#pragma once

namespace sisu::ssh::algorithms {

inline constexpr const char* key_exchange = "curve25519-sha256,curve25519-sha256@libssh.org";
inline constexpr const char* keys = "ssh-ed25519";
/// Users' keys that a server lets a client offer: all but the first are refused, with a reason that the user reads. A
/// client that is told of ed25519 alone keeps silent about its others, and leaves its user without one.
inline constexpr const char* offered_keys =
    "ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,rsa-sha2-512,rsa-sha2-256,"
    "sk-ssh-ed25519@openssh.com,sk-ecdsa-sha2-nistp256@openssh.com";
inline constexpr const char* macs = "hmac-sha2-256-etm@openssh.com";
inline constexpr const char* compression = "none";

/// Whether a processor has instructions for AES and for GCM's carry-less multiplication. Without them AES is slow, or
/// leaks through its tables' cache lines.
enum class FastAes { yes, no };
FastAes this_processor();

/// The same ciphers for every processor, the fastest first. A client's order decides (RFC 4253 7.1);
/// docs/decisions/cipher-order.md.
constexpr const char* ciphers(FastAes fast) {
  switch (fast) {
    case FastAes::yes:
      return "aes256-gcm@openssh.com,aes128-gcm@openssh.com,chacha20-poly1305@openssh.com";
    case FastAes::no:
      return "chacha20-poly1305@openssh.com,aes256-gcm@openssh.com,aes128-gcm@openssh.com";
  }
  return "";
}

}  // namespace sisu::ssh::algorithms
