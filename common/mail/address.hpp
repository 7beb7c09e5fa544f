// Mail addresses as RFC 5321 4.1.2 and RFC 6531 write them. Each type holds only what its parse() accepted.
#pragma once

#include "common/base/result.hpp"

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace sisu::mail {

enum class AddressError {
  empty,
  syntax,
  local_part_too_long,  ///< over 64 octets, RFC 5321 4.5.3.1.1
  domain_too_long,      ///< over 255 octets, RFC 5321 4.5.3.1.2; a label over 63
  path_too_long,        ///< over 256 octets with the angle brackets, RFC 5321 4.5.3.1.3
  not_ascii,            ///< UTF-8 where SMTPUTF8 was not asked for
  invalid_utf8,
};
std::string_view describe(AddressError error);

enum class Utf8 { refused, allowed };

/// A domain name of LDH labels (or U-labels with Utf8::allowed), folded to lower case, without a trailing dot.
class DomainName {
 public:
  static Result<DomainName, AddressError> parse(std::string_view text, Utf8 utf8 = Utf8::refused);
  const std::string& to_string() const { return text_; }
  auto operator<=>(const DomainName&) const = default;

 private:
  explicit DomainName(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

/// The user name that owns an address: one label of a-z 0-9 '-', 1 to 63, folded to lower case, no '-' at either end.
class Username {
 public:
  static Result<Username, AddressError> parse(std::string_view text);
  const std::string& to_string() const { return text_; }
  auto operator<=>(const Username&) const = default;

 private:
  explicit Username(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

/// local-part "@" (domain / address-literal). Quoted local parts are kept in their shortest form: "a b"@x stays quoted,
/// "ab"@x becomes ab@x (RFC 5321 4.1.2: the two are the same mailbox).
class MailAddress {
 public:
  static Result<MailAddress, AddressError> parse(std::string_view text, Utf8 utf8 = Utf8::refused);

  /// The local part with its quotes removed; its case is kept.
  const std::string& local_part() const { return local_part_; }
  /// Lower case; an address literal with its brackets.
  const std::string& domain() const { return domain_; }
  bool is_ascii() const;

  /// As it stands in a path, without angle brackets; quoted again where it must be.
  std::string to_smtp() const;
  /// As a header field writes it: the same as to_smtp().
  std::string to_header() const { return to_smtp(); }
  /// Without the local part ("*@example.org"): what a log may say.
  std::string to_log() const { return "*@" + domain_; }

  auto operator<=>(const MailAddress&) const = default;

 private:
  MailAddress(std::string local_part, std::string domain)
      : local_part_(std::move(local_part)), domain_(std::move(domain)) {}
  std::string local_part_;
  std::string domain_;
};

/// Reverse-path: an address, or the null path "<>" of a bounce.
using ReversePath = std::optional<MailAddress>;

/// Forward-path: an address, or "postmaster" without a domain (RFC 5321 4.1.1.3), which is local_part() "postmaster",
/// no domain.
class Recipient {
 public:
  static Recipient postmaster() { return Recipient(std::nullopt); }
  explicit Recipient(MailAddress address) : address_(std::move(address)) {}

  bool is_bare_postmaster() const { return !address_; }
  /// Must not be the bare postmaster.
  const MailAddress& address() const { return *address_; }
  std::string to_smtp() const { return address_ ? address_->to_smtp() : "postmaster"; }
  std::string to_log() const { return address_ ? address_->to_log() : "postmaster"; }

  auto operator<=>(const Recipient&) const = default;

 private:
  explicit Recipient(std::optional<MailAddress> address) : address_(std::move(address)) {}
  std::optional<MailAddress> address_;
};

}  // namespace sisu::mail
