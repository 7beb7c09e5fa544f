// The server's side of a JWS, for tests: taken apart, and its signature checked by OpenSSL.
#pragma once

#include "client/acme/account_key.hpp"

#include <string>

namespace sisu::acme::test {

struct OpenedJws {
  std::string protected_header, payload, signature;  ///< decoded
  std::string signing_input;
};
/// Fails the test unless it is a flattened JWS of base64url.
OpenedJws open(const std::string& jws);

/// `signature`: r and s, 64 octets.
bool verifies(const AccountKey& key, const std::string& message, const std::string& signature);

/// PEM
std::string p384_key();

}  // namespace sisu::acme::test
