// The server's end of one SSH connection, driven by the event loop of its executor; no threads (see the theory of
// operation in session_driver.hpp). Offers curve25519-sha256, ssh-ed25519, chacha20-poly1305 and AES-GCM, strict KEX,
// public key log-in only, no compression. Refuses direct-tcpip, X11, agent forwarding, subsystems and environments.
#pragma once

#include "common/base/ip_address.hpp"
#include "common/ssh/channel.hpp"
#include "common/ssh/key.hpp"
#include "common/ssh/limits.hpp"

#include <asio/awaitable.hpp>
#include <asio/ip/tcp.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace sisu::ssh {

struct ServerLimits : ConnectionLimits {
  unsigned login_attempts = 6;                   ///< refused ed25519 keys or other methods before the session is cut
  std::uint64_t packets_before_login = 100;      ///< SSH packets from the peer
  std::uint64_t bytes_before_login = 64 * 1024;  ///< bytes from the peer
  unsigned refused_requests = 100;   ///< unknown channels and requests after log-in, then the session is cut
  unsigned command_channels = 10;    ///< session channels (exec, shell) open at once; more are denied
  std::size_t command_bytes = 4096;  ///< length of one exec command line; longer ones are denied
};

/// What the owner of a session answers. Every call is made on the session's executor and must not block; none may
/// destroy the session.
class ServerSessionHandler {
 public:
  virtual ~ServerSessionHandler() = default;

  /// A key whose signature was verified. nullopt: in. Otherwise the reason, which the user sees as an SSH banner.
  virtual std::optional<std::string> login(const std::string& user, const PublicKey& key) = 0;
  /// tcpip-forward. True grants it. (Port 0, "any", is refused before it comes here.)
  virtual bool forward_requested(const std::string& address, std::uint16_t port) = 0;
  /// cancel-tcpip-forward of something that was granted. True if it was there.
  virtual bool forward_cancelled(const std::string& address, std::uint16_t port) = 0;
  /// exec. The handler owns the channel and must end it with exit().
  virtual void exec(std::string command_line, std::unique_ptr<Channel> channel) = 0;
  /// shell (with or without a pty).
  virtual void shell(std::unique_ptr<Channel> channel, bool has_pty) = 0;
  /// Something was refused by the session itself or a limit bit: for the log and the counters.
  virtual void refused(std::string_view what) { (void)what; }
  virtual void limit_reached(LimitKind kind) { (void)kind; }
  /// How much is held for the peer now: bytes that it sent and nobody has read, and answers that it does not read.
  virtual void holds(std::uint64_t bytes) { (void)bytes; }
};

class ServerSession {
 public:
  virtual ~ServerSession() = default;

  /// `handler` must outlive the session. Starts nothing: log_in() does.
  static std::unique_ptr<ServerSession> create(asio::ip::tcp::socket socket, const PrivateKey& host_key,
                                               ServerLimits limits, ServerSessionHandler& handler);

  /// Key exchange and log-in; returns when handler.login() has let a key in. Throws std::system_error when the peer
  /// goes away or a limit bites. The caller sets the deadline (cancellation closes the connection).
  virtual asio::awaitable<void> log_in() = 0;

  /// Serves until the connection ends, and returns why in one line; cancelled, it disconnects. Only after log_in().
  virtual asio::awaitable<std::string> run() = 0;

  /// Opens forwarded-tcpip toward the client (RFC 4254 7.2). `address` and `port` exactly as the client asked in
  /// tcpip-forward; `originator` is the sender. Throws std::system_error: connection_refused if the client denies,
  /// operation_aborted when cancelled, connection_reset when the session ends, no_buffer_space at
  /// limits.unconfirmed_opens. The caller sets the deadline. Needs run() to be running.
  virtual asio::awaitable<std::unique_ptr<Channel>> open_forwarded(std::string address, std::uint16_t port,
                                                                   Endpoint originator) = 0;

  /// True if the client answered keepalive@openssh.com within `limit`: its program runs and is reachable, not only its
  /// kernel. (`limits.keepalive` does this by itself and ends the session; a probe only asks.)
  virtual asio::awaitable<bool> probe(std::chrono::steady_clock::duration limit) = 0;

  /// Sends SSH_MSG_DISCONNECT with `reason` and closes. Idempotent.
  virtual void disconnect(std::string_view reason) noexcept = 0;

  virtual Endpoint peer() const = 0;
  virtual std::string client_version() const = 0;  ///< the peer's identification string, printable
};

}  // namespace sisu::ssh
