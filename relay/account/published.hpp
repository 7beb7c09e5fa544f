// What a user has the relay publish in DNS beside the records that follow from the account: the keys of the device
// (DANE), the ACME account of the device (CAA), and the challenges that run now (DNS-01).
#pragma once

#include <chrono>
#include <compare>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace sisu::relay {

/// SHA-256 of a key's SubjectPublicKeyInfo, as TLSA 3 1 1 has it (RFC 6698 2.1): 64 lower-case hexadecimal digits.
class SpkiDigest {
 public:
  /// Folds upper case.
  static std::optional<SpkiDigest> parse(std::string_view text);
  const std::string& to_string() const { return text_; }
  auto operator<=>(const SpkiDigest&) const = default;

 private:
  explicit SpkiDigest(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

/// The TXT value of a DNS-01 challenge (RFC 8555 8.4): base64url of a SHA-256, 43 characters without padding.
class ChallengeValue {
 public:
  static std::optional<ChallengeValue> parse(std::string_view text);
  const std::string& to_string() const { return text_; }
  auto operator<=>(const ChallengeValue&) const = default;

 private:
  explicit ChallengeValue(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

/// The URL of an ACME account, fit to stand as accounturi in a CAA record (RFC 8657 3): https, at most 255 printable
/// ASCII characters, none of blank ; " ' and backslash.
class AcmeAccountUri {
 public:
  static constexpr std::size_t longest = 255;

  static std::optional<AcmeAccountUri> parse(std::string_view text);
  const std::string& to_string() const { return text_; }
  auto operator<=>(const AcmeAccountUri&) const = default;

 private:
  explicit AcmeAccountUri(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

struct Published {
  static constexpr std::size_t most_tlsa = 4;
  static constexpr std::size_t most_challenges = 8;

  std::set<SpkiDigest> tlsa;
  std::optional<AcmeAccountUri> acme_account;
  std::map<ChallengeValue, std::chrono::sys_seconds> challenges;  ///< with the time of the last `acme present`
  bool operator==(const Published&) const = default;
};

}  // namespace sisu::relay
