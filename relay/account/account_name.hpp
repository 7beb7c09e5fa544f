// The name of an account: the SSH user name, the first label of the user's mail domain, and a label in DNS. Narrower
// than mail::Username, because a name that is given out once stands under the zone for good.
#pragma once

#include "common/base/result.hpp"
#include "common/mail/address.hpp"

#include <compare>
#include <string>
#include <string_view>

namespace sisu::relay {

enum class NameError {
  empty,
  too_long,          ///< over 63 octets (RFC 1035 2.3.4)
  not_ascii,         ///< Unicode, also as a look-alike of a letter
  has_dot,           ///< one label, no subdomains
  bad_character,     ///< not of a-z 0-9 '-'
  hyphen_at_end,     ///< a '-' first or last (RFC 1123 2.1)
  reserved_hyphens,  ///< "--" at positions 3 and 4: R-LDH labels, xn-- among them (RFC 5890 2.3.1)
  only_digits,       ///< could be read as an address or a port
  reserved,          ///< reserved_names.hpp
};

/// One line for the person who asked for the name: why not, and what to do.
std::string_view describe(NameError error);

class AccountName {
 public:
  /// Folds ASCII upper case. The first rule that is broken, in the order of NameError.
  static Result<AccountName, NameError> parse(std::string_view text);
  /// The same without the reserved list: for what was stored before the list grew.
  static Result<AccountName, NameError> parse_stored(std::string_view text);

  const mail::Username& username() const { return username_; }
  const std::string& to_string() const { return username_.to_string(); }
  auto operator<=>(const AccountName&) const = default;

 private:
  explicit AccountName(mail::Username username) : username_(std::move(username)) {}
  mail::Username username_;
};

}  // namespace sisu::relay
