// A client that does what a decent one does not: libssh with blocking calls, on a thread of its own.
#pragma once

#include "common/ssh/key.hpp"
#include "common/ssh/libssh_handles.hpp"

#include <cstdint>
#include <string>

namespace sisu::ssh::test {

class RawClient {
 public:
  RawClient(std::uint16_t port, const PrivateKey& key) : key_(key), session_(ssh_new()) {
    const bool process_config = false;
    const long seconds = 20;
    ssh_options_set(session(), SSH_OPTIONS_PROCESS_CONFIG, &process_config);
    ssh_options_set(session(), SSH_OPTIONS_HOST, "127.0.0.1");
    ssh_options_set(session(), SSH_OPTIONS_PORT, &port_number(port));
    ssh_options_set(session(), SSH_OPTIONS_USER, "mallory");
    ssh_options_set(session(), SSH_OPTIONS_TIMEOUT, &seconds);
  }

  bool connect() { return ssh_connect(session()) == SSH_OK; }
  bool log_in() { return connect() && ssh_userauth_publickey(session(), nullptr, key_.libssh()) == SSH_AUTH_SUCCESS; }
  bool alive() {
    return ssh_is_connected(session()) != 0 && (ssh_get_status(session()) & (SSH_CLOSED | SSH_CLOSED_ERROR)) == 0;
  }
  ssh_session session() { return session_.get(); }

  /// A session channel that is open. libssh frees it with the session.
  ssh_channel open_session() {
    const ssh_channel channel = ssh_channel_new(session());
    return channel && ssh_channel_open_session(channel) == SSH_OK ? channel : nullptr;
  }

 private:
  int& port_number(std::uint16_t port) {
    port_ = port;
    return port_;
  }

  PrivateKey key_;
  SessionHandle session_;
  int port_ = 0;
};

}  // namespace sisu::ssh::test
