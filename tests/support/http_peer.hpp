// An HTTP server that says exactly the bytes a test wants, on a port of 127.0.0.1, with or without TLS. Each connection
// has a thread.
#pragma once

#include "common/tls/certificate.hpp"
#include "common/tls/private_key.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace sisu::test {

struct HttpPeerRequest {
  std::string method;
  std::string target;  ///< "/path?query"
  std::string fields;  ///< the header lines as they came
  std::string body;

  /// A field's value; empty without one. Names are compared without case.
  std::string field(std::string_view name) const;
};

/// "HTTP/1.1 200 OK", fields (each line with CRLF), Content-Length, the body.
std::string http_answer(std::string_view status, std::string_view body, std::string_view fields = {});

class HttpPeer {
 public:
  /// The bytes to send. Empty: the connection is closed without an answer. Nothing: it stays open, silent, until the
  /// peer is destroyed. May be called by several threads.
  using Handler = std::function<std::optional<std::string>(const HttpPeerRequest&)>;
  struct Tls {
    tls::PrivateKey key;
    tls::CertificateChain chain;
  };

  explicit HttpPeer(Handler handler, std::optional<Tls> tls = {});
  ~HttpPeer();
  HttpPeer(const HttpPeer&) = delete;
  HttpPeer& operator=(const HttpPeer&) = delete;

  std::uint16_t port() const { return port_; }
  /// "http://127.0.0.1:PORT/path"; with TLS "https://localhost:PORT/path".
  std::string url(std::string_view path) const;
  int connections() const { return connections_; }
  /// All that came so far.
  std::vector<HttpPeerRequest> requests() const;

 private:
  void accept_all();
  void serve(int socket);
  std::optional<std::string> handle(const HttpPeerRequest& request);

  Handler handler_;
  std::optional<Tls> tls_;
  int listener_;
  std::uint16_t port_ = 0;
  std::atomic<int> connections_ = 0;
  std::mutex handling_;
  mutable std::mutex mutex_;
  std::vector<HttpPeerRequest> requests_;
  std::vector<int> sockets_;
  std::vector<std::jthread> threads_;
  std::jthread acceptor_;
};

}  // namespace sisu::test
