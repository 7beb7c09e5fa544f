// The client's end of one SSH connection on an event loop. The user's ssh configuration is ignored.
#pragma once

#include "common/net/worker_pool.hpp"
#include "common/ssh/channel.hpp"
#include "common/ssh/key.hpp"

#include <asio/awaitable.hpp>
#include <asio/ip/tcp.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace sisu::ssh {

/// What the server's host key was found to be; decide() says whether to go on, throwing an explanation if not.
using HostKeyVerifier = std::function<Result<void, KeyError>(const PublicKey& host_key)>;

struct ClientOptions {
  std::string host;  ///< as the user wrote it: for messages
  std::uint16_t port = 22;
  std::string user;
  std::optional<PrivateKey> key;  ///< none: the keys of the ssh-agent at SSH_AUTH_SOCK, on `workers`
  HostKeyVerifier verify_host_key;
  std::chrono::seconds keepalive = std::chrono::seconds(10);   ///< silence after which the server is probed
  std::chrono::seconds dead_after = std::chrono::seconds(25);  ///< silence after which the connection is dead
};

struct ForwardedChannel {
  std::unique_ptr<Channel> channel;
  std::string connected_address;  ///< "smtp-delivery" or "smtp-raw"
  std::uint16_t connected_port = 0;
  Endpoint originator;  ///< as the channel open said; informational, the preface counts
};

/// Why a log-in failed, so that the caller can tell what to try again.
enum class LoginFailure { host_key_refused, key_refused, connection };

class LoginError : public std::runtime_error {
 public:
  LoginError(LoginFailure kind, const std::string& what) : std::runtime_error(what), kind_(kind) {}
  LoginFailure kind() const { return kind_; }

 private:
  LoginFailure kind_;
};

class ClientSession {
 public:
  virtual ~ClientSession() = default;

  /// Key exchange, host key check, log-in over a connected socket. Throws LoginError with one line for a person; it
  /// includes the relay's banner where there is one. The caller sets the deadline.
  static asio::awaitable<std::unique_ptr<ClientSession>> log_in(asio::ip::tcp::socket socket, ClientOptions options,
                                                                net::WorkerPool& workers);

  /// Serves until the connection ends; the reason is one line ("the relay closed the connection: ...").
  virtual asio::awaitable<std::string> run() = 0;

  /// tcpip-forward. Throws std::system_error if refused. Needs run() to be running, as do all below.
  virtual asio::awaitable<void> request_forward(std::string address, std::uint16_t port) = 0;
  /// The next channel that the server opened for a forward.
  virtual asio::awaitable<ForwardedChannel> accept_forwarded() = 0;
  /// A session channel running `command_line`.
  virtual asio::awaitable<std::unique_ptr<Channel>> exec(std::string command_line) = 0;

  virtual void disconnect(std::string_view reason) noexcept = 0;
};

}  // namespace sisu::ssh
