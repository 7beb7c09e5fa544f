#include "common/age/recipient.hpp"

#include "common/age/base64.hpp"
#include "common/age/bech32.hpp"
#include "common/base/expects.hpp"

#include <algorithm>

namespace sisu::age {
namespace {

struct Exchange {
  Point share;        // goes into the stanza
  Secret<32> shared;  // stays here
};

/// With a scalar of its own for each stanza, which is gone afterwards.
Exchange exchange_with(const Point& point, const Random& random) {
  Scalar ephemeral;
  random(ephemeral.bytes());
  auto shared = x25519(ephemeral, point);
  expects(shared.has_value(), "a recipient that is no point of low order");
  return {x25519_base(ephemeral), std::move(*shared)};
}

std::vector<std::uint8_t> body_of(const FileKey& key, const Secret<32>& stanza_key) {
  const WrappedFileKey wrapped = wrap(key, stanza_key);
  return {wrapped.begin(), wrapped.end()};
}

}  // namespace

Secret<32> stanza_key(const Secret<32>& shared, const Point& share, const Point& recipient, std::string_view label) {
  std::array<std::uint8_t, 64> salt{};
  std::copy(recipient.begin(), recipient.end(), std::copy(share.begin(), share.end(), salt.begin()));
  return hkdf(shared.bytes(), salt, label);
}

// --- age1...

Result<X25519Recipient, Error> X25519Recipient::parse(std::string_view text) {
  Point point{};
  if (!decode_bech32(text, "age", point)) return fail(Error::not_a_recipient);
  return from_point(point);
}

Result<X25519Recipient, Error> X25519Recipient::from_point(const Point& point) {
  if (has_low_order(point)) return fail(Error::low_order_point);
  return X25519Recipient(point);
}

Stanza X25519Recipient::wrap(const FileKey& key, const Random& random) const {
  const Exchange exchange = exchange_with(point_, random);
  return {"X25519",
          {encode_base64(exchange.share)},
          body_of(key, stanza_key(exchange.shared, exchange.share, point_, x25519_label))};
}

// --- ssh-ed25519

Result<SshEd25519Recipient, Error> SshEd25519Recipient::parse(std::string_view line) {
  const auto key = parse_ssh_ed25519(line);
  if (!key) return fail(key.error());
  return from_key(*key);
}

Result<SshEd25519Recipient, Error> SshEd25519Recipient::from_key(const Ed25519PublicKey& key) {
  const auto point = to_montgomery(key);
  if (!point) return fail(Error::not_on_the_curve);
  const auto product = x25519(ssh_ed25519_tweak(key), *point);
  if (!product) return fail(Error::low_order_point);
  Point tweaked{};
  std::copy(product->bytes().begin(), product->bytes().end(), tweaked.begin());
  return SshEd25519Recipient(ssh_ed25519_tag(key), *point, tweaked);
}

Stanza SshEd25519Recipient::wrap(const FileKey& key, const Random& random) const {
  const Exchange exchange = exchange_with(tweaked_, random);
  return {"ssh-ed25519",
          {tag_, encode_base64(exchange.share)},
          body_of(key, stanza_key(exchange.shared, exchange.share, point_, ssh_ed25519_label))};
}

// --- either

Result<Recipient, Error> parse_recipient(std::string_view text) {
  const auto as_recipient = [](const auto& one) { return Recipient(one); };
  if (text.starts_with("ssh-")) return SshEd25519Recipient::parse(text).map(as_recipient);
  return X25519Recipient::parse(text).map(as_recipient);
}

Stanza wrap(const Recipient& recipient, const FileKey& key, const Random& random) {
  return std::visit([&](const auto& one) { return one.wrap(key, random); }, recipient);
}

}  // namespace sisu::age
