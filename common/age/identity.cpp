#include "common/age/identity.hpp"

#include "common/age/base64.hpp"
#include "common/age/bech32.hpp"
#include "common/age/recipient.hpp"

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <algorithm>
#include <memory>
#include <new>

namespace sisu::age {
namespace {

/// RFC 8032 5.1.5.
Ed25519PublicKey public_key_of(const Secret<32>& seed) {
  struct Release {
    void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
  };
  const auto bytes = seed.bytes();
  const std::unique_ptr<EVP_PKEY, Release> pair(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, bytes.data(), bytes.size()));
  Ed25519PublicKey key{};
  std::size_t length = key.size();
  if (!pair || EVP_PKEY_get_raw_public_key(pair.get(), key.data(), &length) != 1) throw std::bad_alloc();
  return key;
}

/// RFC 8032 5.1.5: the lower half of the seed's hash is the scalar; X25519 clamps it in the same way.
Scalar scalar_of(const Secret<32>& seed) {
  Secret<SHA512_DIGEST_LENGTH> digest;
  SHA512(seed.bytes().data(), seed.bytes().size(), digest.bytes().data());
  Scalar scalar;
  std::copy_n(digest.bytes().begin(), scalar.bytes().size(), scalar.bytes().begin());
  return scalar;
}

std::optional<Point> as_point(const Secret<32>& bytes) {
  Point point{};
  std::copy(bytes.bytes().begin(), bytes.bytes().end(), point.begin());
  return point;
}

/// A body of another length is refused before it is opened: it could hold more than one file key for several wrap keys
/// (partitioning oracles).
Unwrapped unwrap_body(const Stanza& stanza, const Secret<32>& wrap_key) {
  constexpr std::size_t length = file_key_bytes + tag_bytes;
  if (stanza.body.size() != length) return fail(Error::malformed_stanza);
  return unwrap(std::span(stanza.body).first<length>(), wrap_key);
}

}  // namespace

// --- AGE-SECRET-KEY-1...

Result<X25519Identity, Error> X25519Identity::parse(std::string_view text) {
  Scalar scalar;
  // Upper case as age-keygen writes it; BIP 173 lets the whole be lower case, age does not.
  if (!text.starts_with("AGE-SECRET-KEY-1") || !decode_bech32(text, "age-secret-key-", scalar.bytes()))
    return fail(Error::not_an_identity);
  return X25519Identity(std::move(scalar));
}

Unwrapped X25519Identity::unwrap(const Stanza& stanza) const {
  if (stanza.type != "X25519") return std::nullopt;
  Point share{};
  if (stanza.arguments.size() != 1 || !decode_base64(stanza.arguments[0], share)) return fail(Error::malformed_stanza);
  const auto shared = x25519(scalar_, share);
  if (!shared) return fail(Error::low_order_point);
  return unwrap_body(stanza, stanza_key(*shared, share, point_, x25519_label));
}

// --- ssh-ed25519

SshEd25519Identity::SshEd25519Identity(Scalar scalar, const Ed25519PublicKey& key)
    : scalar_(std::move(scalar)),
      point_(x25519_base(scalar_)),
      tag_(ssh_ed25519_tag(key)),
      tweak_(ssh_ed25519_tweak(key)) {}

Result<SshEd25519Identity, Error> SshEd25519Identity::from_seed(const Secret<32>& seed, const Ed25519PublicKey& key) {
  if (public_key_of(seed) != key) return fail(Error::keys_do_not_match);
  return SshEd25519Identity(scalar_of(seed), key);
}

Unwrapped SshEd25519Identity::unwrap(const Stanza& stanza) const {
  if (stanza.type != "ssh-ed25519") return std::nullopt;
  Point share{};
  if (stanza.arguments.size() != 2 || !decode_base64(stanza.arguments[1], share)) return fail(Error::malformed_stanza);
  if (stanza.arguments[0] != tag_) return std::nullopt;
  // The public factor first, so that what libcrypto holds as a public key is one (recipient.hpp has the other half).
  const auto tweaked = x25519(tweak_, share);
  if (!tweaked) return fail(Error::low_order_point);
  const auto shared = x25519(scalar_, *as_point(*tweaked));
  if (!shared) return fail(Error::low_order_point);
  return unwrap_body(stanza, stanza_key(*shared, share, point_, ssh_ed25519_label));
}

// --- all of them

Result<FileKey, Error> open_header(const Header& header, std::span<const Identity> identities) {
  for (const Identity& identity : identities) {
    for (const Stanza& stanza : header.stanzas) {
      auto key = std::visit([&](const auto& one) { return one.unwrap(stanza); }, identity);
      if (!key) return fail(key.error());
      if (!*key) continue;
      if (!has_right_mac(header, **key)) return fail(Error::wrong_mac);
      return std::move(**key);
    }
  }
  return fail(Error::no_matching_identity);
}

}  // namespace sisu::age
