// RAII for what libssh hands out, and the algorithms that Sisumail speaks.
#pragma once

#include <libssh/libssh.h>
#include <libssh/server.h>

#include <memory>

namespace sisu::ssh {

template <auto Free>
struct FreeWith {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};

using KeyHandle = std::unique_ptr<ssh_key_struct, FreeWith<&ssh_key_free>>;
using BindHandle = std::unique_ptr<ssh_bind_struct, FreeWith<&ssh_bind_free>>;
using EventHandle = std::unique_ptr<ssh_event_struct, FreeWith<&ssh_event_free>>;
using SessionHandle = std::unique_ptr<ssh_session_struct, FreeWith<&ssh_free>>;
using StringHandle = std::unique_ptr<ssh_string_struct, FreeWith<&ssh_string_free>>;
using TextHandle = std::unique_ptr<char, FreeWith<&ssh_string_free_char>>;

/// One modern choice of each kind; AEAD ciphers only, so the MAC lists never matter (RFC 5647,
/// PROTOCOL.chacha20poly1305).
namespace algorithms {
inline constexpr const char* key_exchange = "curve25519-sha256,curve25519-sha256@libssh.org";
inline constexpr const char* keys = "ssh-ed25519";
inline constexpr const char* ciphers = "chacha20-poly1305@openssh.com,aes256-gcm@openssh.com,aes128-gcm@openssh.com";
inline constexpr const char* macs = "hmac-sha2-256-etm@openssh.com";
inline constexpr const char* compression = "none";
}  // namespace algorithms

}  // namespace sisu::ssh
