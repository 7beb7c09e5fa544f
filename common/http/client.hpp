// An HTTP/1.1 client (RFC 9112) for the few services that our programs ask: a certificate authority, a DNS provider.
// Each call blocks: make it on a worker thread. It follows no redirects, keeps no cookies, undoes no compression, and
// takes neither proxies nor credentials from the environment.
#pragma once

#include "common/base/result.hpp"

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Not sisu::http, which is the server's: a program may have both.
namespace sisu::http_client {

/// Field names and values; the names of a Response are in lower case (RFC 9110 5.1).
using Headers = std::vector<std::pair<std::string, std::string>>;

struct Request {
  std::string method = "GET";  ///< upper-case letters
  std::string url;             ///< absolute, without user and password, at most `longest_url` bytes
  Headers headers = {};        ///< Host, Content-Length and Connection are the client's own
  std::string body = {};       ///< sent with Content-Length, and always with POST, PUT and PATCH
};
constexpr std::size_t longest_url = 8192;

struct Response {
  int status = 0;  ///< RFC 9110 15; whatever it is, the call has succeeded
  Headers headers;
  std::string body;

  /// The first field of this name, in lower case; valid as long as this object.
  std::optional<std::string_view> header(std::string_view name) const;
};

struct HttpError {
  enum class Kind {
    unreachable,      ///< no address, no connection, a cut one, or no HTTP
    timeout,          ///< connect_timeout or timeout has passed
    tls,              ///< no TLS, or a certificate that does not verify
    too_large,        ///< largest_body or largest_headers
    invalid_request,  ///< nothing was sent: not an https URL, a line feed in a header, ...
    stopped,          ///< stop() was called
  };
  Kind kind = Kind::unreachable;
  std::string what;  ///< one line with method, host and path; neither query, headers nor bodies
};

struct ClientOptions {
  std::optional<std::filesystem::path> ca_file;  ///< PEM; replaces the system's authorities
  bool allow_http = false;                       ///< http: URLs, too: tests only
  std::string user_agent = "sisumail";
  std::chrono::milliseconds connect_timeout{10'000};  ///< name, TCP and TLS
  std::chrono::milliseconds timeout{30'000};          ///< the whole call
  std::size_t largest_body = 1 << 20;                 ///< bytes of a response's
  std::size_t largest_headers = 64 << 10;             ///< bytes of all its header lines
};

/// Keeps connections open between calls, for hosts that do. One thread at a time.
class Client {
 public:
  explicit Client(ClientOptions options = {});
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// One try; but if a connection kept from an earlier call turns out to have ended, without a byte of an answer, the
  /// request goes out once more on a new one. After an error, other than `invalid_request`, the server may have done
  /// what it was asked.
  Result<Response, HttpError> send(const Request& request);

  /// From any thread: ends the running call at once, and all later ones.
  void stop() noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sisu::http_client
