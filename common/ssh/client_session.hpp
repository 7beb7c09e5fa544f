// The client's end of one SSH connection on an event loop (see session_driver.hpp). The user's ssh configuration is
// ignored. Offers what ServerSession offers, and nothing else.
#pragma once

#include "common/base/ip_address.hpp"
#include "common/net/worker_pool.hpp"
#include "common/ssh/channel.hpp"
#include "common/ssh/key.hpp"
#include "common/ssh/limits.hpp"

#include <asio/awaitable.hpp>
#include <asio/ip/tcp.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

namespace sisu::ssh {

/// Says whether to go on with the server that has this key; the error's text goes into the LoginError.
using HostKeyVerifier = std::function<Result<void, KeyError>(const PublicKey& host_key)>;

struct ClientOptions {
  std::string host;  ///< as the user wrote it: for messages
  std::uint16_t port = 22;
  std::string user;
  std::optional<PrivateKey> key;    ///< none: the keys of the ssh-agent at SSH_AUTH_SOCK, on `workers`
  HostKeyVerifier verify_host_key;  ///< must be set
  ConnectionLimits limits;          ///< among them keepalive
  std::size_t accept_queue = 128;   ///< forwarded channels waiting for accept_forwarded(); more are denied
  std::uint64_t rekey_after = 0;    ///< bytes each way; 0: libssh's own limit (1 GB with chacha20)
  std::string ciphers;              ///< empty: all that we offer; for tests and benchmarks
};

struct ForwardedChannel {
  std::unique_ptr<Channel> channel;
  std::string
      connected_address;  ///< as the server wrote it; requests are told apart by connected_port alone if need be
  std::uint16_t connected_port = 0;
  Endpoint originator;  ///< as the channel open said; informational, the preface counts
};

/// Why a log-in failed, so that the caller can tell what to try again.
enum class LoginFailure { host_key_refused, key_refused, connection };

class LoginError : public std::runtime_error {
 public:
  LoginError(LoginFailure kind, const std::string& what, std::string banner = {})
      : std::runtime_error(what), kind_(kind), banner_(std::move(banner)) {}
  LoginFailure kind() const { return kind_; }
  /// What the server said, on one line; empty if nothing.
  const std::string& banner() const { return banner_; }

 private:
  LoginFailure kind_;
  std::string banner_;
};

class ClientSession {
 public:
  virtual ~ClientSession() = default;

  /// Key exchange, host key check, log-in over a connected socket. Throws LoginError with one line for a person; it
  /// includes the relay's banner where there is one. The caller sets the deadline.
  static asio::awaitable<std::unique_ptr<ClientSession>> log_in(asio::ip::tcp::socket socket, ClientOptions options,
                                                                net::WorkerPool& workers);

  /// Serves until the connection ends; the reason is one line ("the relay closed the connection: ..."). Cancelled, it
  /// disconnects.
  virtual asio::awaitable<std::string> run() = 0;

  /// tcpip-forward. Throws std::system_error: no_permission if refused. Needs run() to be running, as do all below.
  virtual asio::awaitable<void> request_forward(std::string address, std::uint16_t port) = 0;
  /// cancel-tcpip-forward. Throws std::system_error: no_permission if there was none.
  virtual asio::awaitable<void> cancel_forward(std::string address, std::uint16_t port) = 0;
  /// The next channel that the server opened for a forward. Throws std::system_error (connection_reset) when the
  /// session has ended. One caller at a time.
  virtual asio::awaitable<ForwardedChannel> accept_forwarded() = 0;
  /// A session channel running `command_line`. Throws std::system_error: no_permission if refused.
  virtual asio::awaitable<std::unique_ptr<Channel>> exec(std::string command_line) = 0;

  virtual void disconnect(std::string_view reason) noexcept = 0;
};

}  // namespace sisu::ssh
