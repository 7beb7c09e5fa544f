// Who opens a file: private keys, and how each finds the file key in a stanza that is its own.
#pragma once

#include "common/age/error.hpp"
#include "common/age/header.hpp"
#include "common/age/ssh_ed25519.hpp"
#include "common/base/result.hpp"

#include <optional>
#include <span>
#include <string_view>
#include <variant>

namespace sisu::age {

/// A file key; nullopt: the stanza is another's. Errors, which mean the whole file: malformed_stanza, low_order_point.
using Unwrapped = Result<std::optional<FileKey>, Error>;

/// AGE-SECRET-KEY-1..., as age-keygen makes them.
class X25519Identity {
 public:
  /// Error: not_an_identity. `text` is the caller's to wipe.
  static Result<X25519Identity, Error> parse(std::string_view text);

  Unwrapped unwrap(const Stanza& stanza) const;

 private:
  explicit X25519Identity(Scalar scalar) : scalar_(std::move(scalar)), point_(x25519_base(scalar_)) {}
  Scalar scalar_;
  Point point_;
};

/// The private half of an ssh-ed25519 key.
class SshEd25519Identity {
 public:
  /// `seed` is the private key of RFC 8032 5.1.5 and `key` the public key that belongs to it. Error: keys_do_not_match.
  static Result<SshEd25519Identity, Error> from_seed(const Secret<32>& seed, const Ed25519PublicKey& key);

  Unwrapped unwrap(const Stanza& stanza) const;

 private:
  SshEd25519Identity(Scalar scalar, const Ed25519PublicKey& key);
  Scalar scalar_;
  Point point_;
  std::string tag_;
  Scalar tweak_;
};

using Identity = std::variant<X25519Identity, SshEd25519Identity>;

/// The file key, and the header proved with it. Each identity tries each stanza; the first that opens decides. Errors:
/// those of unwrap(), no_matching_identity, wrong_mac.
Result<FileKey, Error> open_header(const Header& header, std::span<const Identity> identities);

}  // namespace sisu::age
