// Whom a file is encrypted to. Public values, made once and used for any number of files.
#pragma once

#include "common/age/error.hpp"
#include "common/age/header.hpp"
#include "common/age/ssh_ed25519.hpp"
#include "common/base/result.hpp"

#include <functional>
#include <span>
#include <string_view>
#include <variant>

namespace sisu::age {

/// Fills its argument with random octets, fit for keys. Anything but fill_random() (common/base/random.hpp) is for
/// tests.
using Random = std::function<void(std::span<std::uint8_t>)>;

/// age's own kind: age1...
class X25519Recipient {
 public:
  /// Errors: not_a_recipient, low_order_point.
  static Result<X25519Recipient, Error> parse(std::string_view text);
  static Result<X25519Recipient, Error> from_point(const Point& point);

  Stanza wrap(const FileKey& key, const Random& random) const;

 private:
  explicit X25519Recipient(const Point& point) : point_(point) {}
  Point point_;
};

/// An SSH key, as agessh (filippo.io/age) defines it.
class SshEd25519Recipient {
 public:
  /// "ssh-ed25519 AAAA... [comment]". Errors: not_a_recipient, and those of from_key().
  static Result<SshEd25519Recipient, Error> parse(std::string_view line);
  /// Errors: not_on_the_curve, low_order_point.
  static Result<SshEd25519Recipient, Error> from_key(const Ed25519PublicKey& key);

  Stanza wrap(const FileKey& key, const Random& random) const;

 private:
  SshEd25519Recipient(std::string tag, const Point& point, const Point& tweaked)
      : tag_(std::move(tag)), point_(point), tweaked_(tweaked) {}
  std::string tag_;
  Point point_;
  Point tweaked_;  // the tweak times point_: scalars commute, so one multiplication for each file is enough
};

using Recipient = std::variant<X25519Recipient, SshEd25519Recipient>;

/// Either kind. Errors: not_a_recipient, not_on_the_curve, low_order_point.
Result<Recipient, Error> parse_recipient(std::string_view text);

Stanza wrap(const Recipient& recipient, const FileKey& key, const Random& random);

/// The key that wraps the file key in a stanza of both kinds. The salt is the ephemeral share, then the recipient.
Secret<32> stanza_key(const Secret<32>& shared, const Point& share, const Point& recipient, std::string_view label);

inline constexpr std::string_view x25519_label = "age-encryption.org/v1/X25519";

}  // namespace sisu::age
