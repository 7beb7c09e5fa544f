// Orders, their authorizations and challenges, as the server describes them (RFC 8555 7.1.3 to 7.1.6, 8).
#pragma once

#include "client/acme/documents/directory.hpp"
#include "client/acme/documents/problem.hpp"
#include "common/base/result.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sisu::acme {

struct Order {
  enum class Status { pending, ready, processing, valid, invalid };
  Status status = Status::pending;
  std::vector<std::string> authorizations;  ///< URLs, 1 to limits::authorizations
  std::string finalize;                     ///< URL
  std::optional<std::string> certificate;   ///< URL; there when `valid`
  std::optional<Problem> error;
};
Result<Order, DocumentError> parse_order(std::string_view body);

struct Challenge {
  std::string url;
  std::string token;  ///< base64url, limits::least_token_octets to limits::token_octets
  std::optional<Problem> error;
};

struct Authorization {
  enum class Status { pending, valid, invalid, deactivated, expired, revoked };
  Status status = Status::pending;
  std::string host;              ///< the identifier, which is of type "dns"
  std::optional<Challenge> dns;  ///< of type dns-01, if the server offers it
};
Result<Authorization, DocumentError> parse_authorization(std::string_view body);

}  // namespace sisu::acme
