// What agessh (filippo.io/age) makes of an ssh-ed25519 public key: its name in a stanza, and a tweak that keeps a key
// exchange of age apart from any other use of the same key.
#pragma once

#include "common/age/error.hpp"
#include "common/age/montgomery.hpp"
#include "common/base/result.hpp"

#include <string>
#include <string_view>

namespace sisu::age {

inline constexpr std::string_view ssh_ed25519_label = "age-encryption.org/v1/ssh-ed25519";

/// The key of "ssh-ed25519 AAAA... [comment]", as in a .pub file. Error: not_a_recipient.
Result<Ed25519PublicKey, Error> parse_ssh_ed25519(std::string_view line);

/// The first 4 octets of SHA-256 over the key's SSH wire form (RFC 8709 4), in base64: who may skip a stanza without
/// trying it. It tells users' files apart, which age accepts for SSH keys.
std::string ssh_ed25519_tag(const Ed25519PublicKey& key);

/// Public, since the key is: a scalar derived from the SSH wire form.
Scalar ssh_ed25519_tweak(const Ed25519PublicKey& key);

}  // namespace sisu::age
