// What makes a libssh session that of a server: the host key, and the algorithms that it offers.
#pragma once

#include "common/ssh/key.hpp"
#include "common/ssh/libssh_handles.hpp"

namespace sisu::ssh {

/// Gives `session` an accepted connection, which belongs to it from then on, and sets what it offers: nothing blocks,
/// and public keys are the only way to log in. Throws std::system_error when the connection has died.
void bind_session(ssh_session session, const PrivateKey& host_key, int descriptor);

}  // namespace sisu::ssh
