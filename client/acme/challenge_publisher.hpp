// What an ACME client needs of the world's DNS, as a seam: the TXT record of a dns-01 challenge (RFC 8555 8.4) comes
// and goes, and CAA names the account that may have certificates issued (RFC 8657 3). Who writes the records is not
// said here.
#pragma once

#include "common/base/result.hpp"

#include <asio/awaitable.hpp>

#include <string>
#include <string_view>

namespace sisu::acme {

struct PublishError {
  std::string reason;    ///< one line for a person: what, why, what to do
  bool for_now = false;  ///< the same again may succeed later: no connection, a rate limit, a server that is slow
};

/// Every call may be cancelled; what it asked for may have happened then. All are idempotent. The views must stay valid
/// until the call completes. Failures that say nothing about the request (a lost connection) are a PublishError with
/// for_now, too, not an exception.
class ChallengePublisher {
 public:
  virtual ~ChallengePublisher() = default;

  /// Adds `value` (43 characters of base64url, RFC 8555 8.4) to the TXT set of "_acme-challenge." + `host`. Completes
  /// when every authoritative server of the zone answers with it, and so with what bind_account() wrote before it.
  virtual asio::awaitable<Result<void, PublishError>> present(std::string_view host, std::string_view value) = 0;

  /// Takes that value away again; one that is not there is no error. Need not wait for the servers.
  virtual asio::awaitable<Result<void, PublishError>> cleanup(std::string_view host, std::string_view value) = 0;

  /// CAA of the host names this account alone from now on. Need not wait for the servers.
  virtual asio::awaitable<Result<void, PublishError>> bind_account(std::string_view account_uri) = 0;
};

}  // namespace sisu::acme
