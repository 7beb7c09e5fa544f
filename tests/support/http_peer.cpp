#include "tests/support/http_peer.hpp"

#include "common/tls/openssl_handles.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <memory>
#include <netinet/in.h>
#include <stdexcept>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

namespace sisu::test {
namespace {

/// Blocking bytes over a socket, with or without TLS.
class Wire {
 public:
  Wire(int socket, const std::optional<HttpPeer::Tls>& tls) : socket_(socket) {
    if (!tls) return;
    context_.reset(SSL_CTX_new(TLS_server_method()));
    SSL_CTX_use_PrivateKey(context_.get(), tls->key.openssl());
    SSL_CTX_use_certificate(context_.get(), tls->chain.certificates().front().get());
    ssl_.reset(SSL_new(context_.get()));
    SSL_set_fd(ssl_.get(), socket);
    good_ = SSL_accept(ssl_.get()) == 1;
  }

  /// At least one byte, or none at the end.
  std::string read() {
    std::array<char, 8192> buffer{};
    if (!good_) return {};
    const auto count = ssl_ ? SSL_read(ssl_.get(), buffer.data(), static_cast<int>(buffer.size()))
                            : ::recv(socket_, buffer.data(), buffer.size(), 0);
    return count > 0 ? std::string(buffer.data(), static_cast<std::size_t>(count)) : std::string();
  }

  bool write(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto count = ssl_ ? SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()))
                              : ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }

 private:
  struct FreeContext {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };
  int socket_;
  bool good_ = true;
  std::unique_ptr<SSL_CTX, FreeContext> context_;
  tls::SslHandle ssl_;
};

/// Fills `buffer` until it has `count` bytes.
bool fill(Wire& wire, std::string& buffer, std::size_t count) {
  while (buffer.size() < count) {
    const std::string more = wire.read();
    if (more.empty()) return false;
    buffer += more;
  }
  return true;
}

/// Takes one request off the front of `buffer`, reading what is missing.
std::optional<HttpPeerRequest> read_request(Wire& wire, std::string& buffer) {
  std::size_t end = 0;
  while ((end = buffer.find("\r\n\r\n")) == std::string::npos) {
    if (!fill(wire, buffer, buffer.size() + 1)) return std::nullopt;
  }
  const auto first_line = buffer.find("\r\n");
  const auto blank = buffer.find(' ');
  HttpPeerRequest request;
  request.method = buffer.substr(0, blank);
  request.target = buffer.substr(blank + 1, buffer.find(' ', blank + 1) - blank - 1);
  request.fields = buffer.substr(first_line + 2, end - first_line);
  const std::string length = request.field("content-length");
  const std::size_t body = length.empty() ? 0 : std::stoul(length);
  if (!fill(wire, buffer, end + 4 + body)) return std::nullopt;
  request.body = buffer.substr(end + 4, body);
  buffer.erase(0, end + 4 + body);
  return request;
}

}  // namespace

std::string HttpPeerRequest::field(std::string_view name) const {
  std::size_t at = 0;
  while (at < fields.size()) {
    const auto end = fields.find("\r\n", at);
    const std::string line = fields.substr(at, end - at);
    at = end == std::string::npos ? fields.size() : end + 2;
    const auto colon = line.find(':');
    if (colon != name.size() || ::strncasecmp(line.data(), name.data(), name.size()) != 0) continue;
    const auto value = line.find_first_not_of(' ', colon + 1);
    return value == std::string::npos ? std::string() : line.substr(value);
  }
  return {};
}

std::string http_answer(std::string_view status, std::string_view body, std::string_view fields) {
  std::string answer = "HTTP/1.1 " + std::string(status) + "\r\n" + std::string(fields);
  answer += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  return answer.append(body);
}

HttpPeer::HttpPeer(Handler handler, std::optional<Tls> tls)
    : handler_(std::move(handler)), tls_(std::move(tls)), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const plain = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener_, plain, size) != 0 || ::listen(listener_, 16) != 0 ||
      ::getsockname(listener_, plain, &size) != 0) {
    throw std::runtime_error("no port to listen on");
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::jthread([this] { accept_all(); });
}

HttpPeer::~HttpPeer() {
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  {
    const std::lock_guard lock(mutex_);
    for (const int socket : sockets_) ::shutdown(socket, SHUT_RDWR);
  }
  threads_.clear();
  for (const int socket : sockets_) ::close(socket);
  ::close(listener_);
}

std::string HttpPeer::url(std::string_view path) const {
  return (tls_ ? "https://localhost:" : "http://127.0.0.1:") + std::to_string(port_) + std::string(path);
}

std::vector<HttpPeerRequest> HttpPeer::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

std::optional<std::string> HttpPeer::handle(const HttpPeerRequest& request) {
  {
    const std::lock_guard lock(mutex_);
    requests_.push_back(request);
  }
  const std::lock_guard lock(handling_);
  return handler_(request);
}

void HttpPeer::accept_all() {
  for (;;) {
    const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) return;
    ++connections_;
    const std::lock_guard lock(mutex_);
    sockets_.push_back(socket);
    threads_.emplace_back([this, socket] { serve(socket); });
  }
}

/// Descriptors stay open until the peer's end, so that no number is given out twice.
void HttpPeer::serve(int socket) {
  sigset_t sigpipe;  // OpenSSL's writes to a client that has gone
  sigemptyset(&sigpipe);
  sigaddset(&sigpipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &sigpipe, nullptr);
  Wire wire(socket, tls_);
  std::string buffer;
  while (const auto request = read_request(wire, buffer)) {
    const auto answer = handle(*request);
    if (!answer) continue;
    if (answer->empty() || !wire.write(*answer)) break;
  }
  ::shutdown(socket, SHUT_RDWR);
}

}  // namespace sisu::test
