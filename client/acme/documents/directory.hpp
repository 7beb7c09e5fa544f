// The directory of an ACME server: where each request goes (RFC 8555 7.1.1; renewalInfo: RFC 9773 4.1).
#pragma once

#include "common/base/result.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace sisu::acme {

/// What is wrong with a document, one line: "the directory names no newOrder".
struct DocumentError {
  std::string what;
};

struct Directory {
  std::string new_nonce;
  std::string new_account;
  std::string new_order;
  std::optional<std::string> renewal_info;      ///< the CA says when to renew
  std::optional<std::string> terms_of_service;  ///< what newAccount agrees to
  bool external_account_required = false;
};

Result<Directory, DocumentError> parse_directory(std::string_view body);

}  // namespace sisu::acme
