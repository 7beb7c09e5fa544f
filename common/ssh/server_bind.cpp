#include "common/ssh/server_bind.hpp"

#include "common/ssh/algorithms.hpp"

#include <asio/error.hpp>

#include <new>
#include <stdexcept>
#include <system_error>

namespace sisu::ssh {
namespace {

void set_option(ssh_bind bind, ssh_bind_options_e option, const char* value) {
  if (ssh_bind_options_set(bind, option, value) != SSH_OK) throw std::runtime_error(ssh_get_error(bind));
}

BindHandle make_bind(const PrivateKey& host_key) {
  BindHandle bind(ssh_bind_new());
  if (!bind) throw std::bad_alloc();
  const bool process_config = false;
  const char* ciphers = algorithms::ciphers(algorithms::this_processor());
  ssh_bind_options_set(bind.get(), SSH_BIND_OPTIONS_PROCESS_CONFIG, &process_config);
  set_option(bind.get(), SSH_BIND_OPTIONS_KEY_EXCHANGE, algorithms::key_exchange);
  set_option(bind.get(), SSH_BIND_OPTIONS_HOSTKEY_ALGORITHMS, algorithms::keys);
  set_option(bind.get(), SSH_BIND_OPTIONS_PUBKEY_ACCEPTED_KEY_TYPES, algorithms::offered_keys);
  set_option(bind.get(), SSH_BIND_OPTIONS_CIPHERS_C_S, ciphers);
  set_option(bind.get(), SSH_BIND_OPTIONS_CIPHERS_S_C, ciphers);
  set_option(bind.get(), SSH_BIND_OPTIONS_HMAC_C_S, algorithms::macs);
  set_option(bind.get(), SSH_BIND_OPTIONS_HMAC_S_C, algorithms::macs);
  const ssh_key key = ssh_key_dup(host_key.libssh());
  if (!key || ssh_bind_options_set(bind.get(), SSH_BIND_OPTIONS_IMPORT_KEY, key) != SSH_OK) {
    ssh_key_free(key);
    throw std::runtime_error("libssh does not take the host key");
  }
  return bind;
}

}  // namespace

void bind_session(ssh_session session, const PrivateKey& host_key, int descriptor) {
  const BindHandle bind = make_bind(host_key);
  if (ssh_bind_accept_fd(bind.get(), session, descriptor) != SSH_OK) {
    throw std::system_error(asio::error::connection_aborted, ssh_get_error(bind.get()));
  }
  ssh_set_blocking(session, 0);
  // There is no such option of the bind object, and the default offers zlib.
  if (ssh_options_set(session, SSH_OPTIONS_COMPRESSION_C_S, algorithms::compression) != SSH_OK ||
      ssh_options_set(session, SSH_OPTIONS_COMPRESSION_S_C, algorithms::compression) != SSH_OK) {
    throw std::runtime_error(ssh_get_error(session));
  }
  ssh_set_auth_methods(session, SSH_AUTH_METHOD_PUBLICKEY);
}

}  // namespace sisu::ssh
