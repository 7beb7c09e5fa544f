// Requests and answers as the engines see them: only what ACME looks at (RFC 8555 6).
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace sisu::acme {

struct Request {
  enum class Method { get, head, post };
  Method method = Method::get;
  std::string url;
  std::string body;    ///< of POST: a JWS, to be sent as application/jose+json (RFC 8555 6.2)
  std::string accept;  ///< empty: anything
};

struct Response {
  int status = 0;
  std::string body;
  std::optional<std::string> replay_nonce = {};
  std::optional<std::string> location = {};
  std::optional<std::chrono::seconds> retry_after = {};

  bool good() const { return status >= 200 && status <= 299; }
};

}  // namespace sisu::acme
