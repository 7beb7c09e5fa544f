// What ACME requests say: JSON before it is signed (RFC 8555 7.3, 7.4; replaces: RFC 9773 5).
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace sisu::acme {

struct NewAccount {
  std::vector<std::string> contacts;         ///< URLs, as "mailto:niklas@example.org"
  bool only_existing = false;                ///< RFC 8555 7.3.1: find the account of this key, make none
  std::optional<std::string> external = {};  ///< JSON of bind_external_account()
};

/// Agrees to the terms of service.
std::string new_account_payload(const NewAccount& account);
std::string new_order_payload(const std::string& host, const std::optional<std::string>& replaces);
/// `csr` in DER.
std::string finalize_payload(const std::string& csr);

}  // namespace sisu::acme
