// One signed request of ACME until it has its answer (RFC 8555 6.5): a nonce is fetched when none is in hand, each
// answer brings the next one, and a request that the server refused for its nonce is signed and sent again. No I/O.
#pragma once

#include "client/acme/account_key.hpp"
#include "client/acme/message.hpp"

#include <optional>
#include <string>
#include <variant>

namespace sisu::acme {

struct SignedRequest {
  std::string url;
  std::string payload;                ///< JSON; empty: POST-as-GET
  std::optional<std::string> key_id;  ///< the account; without it the request carries the key
  std::string accept = {};
};

/// The server answered a request for a nonce without one.
struct NoNonce {
  Response response;
};

class SignedExchange {
 public:
  /// Sends of one request, the first included. A server that refuses half of all nonces at random (pebble does) fails
  /// one request in a million so.
  static constexpr unsigned most_attempts = 20;

  explicit SignedExchange(AccountKey key) : key_(std::move(key)) {}

  void set_new_nonce_url(std::string url) { new_nonce_url_ = std::move(url); }
  /// What to send first: the request, or one for a nonce.
  Request begin(SignedRequest request);
  /// What to send next, or the answer to the request of begin(); an error status counts as an answer.
  std::variant<Request, Response, NoNonce> take(Response response);

  const AccountKey& key() const { return key_; }

 private:
  Request next();
  void keep_nonce(const Response& response);

  AccountKey key_;
  std::string new_nonce_url_;
  std::optional<std::string> nonce_;
  SignedRequest request_;
  unsigned attempts_ = 0;
  bool asking_nonce_ = false;
};

}  // namespace sisu::acme
