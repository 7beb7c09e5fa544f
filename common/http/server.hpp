// An HTTP/1.1 server (RFC 9112) for a program's own few pages, such as /metrics. It has a thread and an event loop of
// its own, so that nothing it is asked can hold up what the program is for. GET and HEAD only; no TLS, no bodies in
// requests.
#pragma once

#include "common/base/ip_address.hpp"
#include "common/base/result.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace sisu::http {

/// RFC 9110 15
enum class Status { ok, not_found, method_not_allowed, unavailable };

struct Response {
  Status status = Status::ok;
  std::string body;
  std::string content_type = "text/plain; charset=utf-8";
};

struct ServerLimits {
  std::size_t connections = 256;  ///< at once; more wait in the kernel's queue
  /// From a connection, or the last response, to the next request's end. Short: it is how long silent connections can
  /// keep others waiting.
  std::chrono::milliseconds request_time{2'000};
  std::chrono::milliseconds response_time{10'000};  ///< for a client to take a response
  std::size_t target_bytes = 1024;                  ///< of a request line's target
  std::size_t fields = 32;                          ///< header fields of a request
  std::size_t field_name_bytes = 256;
  std::size_t field_value_bytes = 4096;
};

class Server {
 public:
  /// Answers a GET of `path`, which has no query. Called on the server's thread, one request after the other; must not
  /// throw.
  using Handler = std::function<Response(const std::string& path)>;

  /// Listens and serves until it is destroyed. Port 0: any. The error is one line with the address in it.
  static Result<std::unique_ptr<Server>, std::string> start(const Endpoint& address, Handler handler,
                                                            const ServerLimits& limits = {});

  /// Ends all connections, whatever they are doing.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Where it listens; port 0 is resolved.
  const Endpoint& address() const;

 private:
  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace sisu::http
