// The seed of an ed25519 key, for what libssh cannot do with the key: opening files that were encrypted to it
// (common/age).
#pragma once

#include "common/base/result.hpp"
#include "common/base/secret.hpp"
#include "common/ssh/key.hpp"

namespace sisu::ssh {

/// The 32 octets that RFC 8032 5.1.5 calls the private key. An error only where libssh writes keys in another form than
/// OpenSSH's.
Result<Secret<32>, KeyError> seed_of(const PrivateKey& key);

}  // namespace sisu::ssh
