// Is the machine that answers the relay that we know? The answer to a person who must decide names both fingerprints.
#pragma once

#include "client/link/relay_address.hpp"
#include "common/log/logger.hpp"
#include "common/ssh/client_session.hpp"
#include "common/ssh/known_hosts.hpp"

namespace sisu::client {

enum class NewHostKeys {
  refuse,
  accept,  ///< an unknown host's key is stored and trusted from then on; a changed one is refused all the same
};

/// The verifier that ClientOptions wants. A file that cannot be read refuses.
ssh::HostKeyVerifier make_host_key_verifier(ssh::KnownHosts known_hosts, RelayAddress relay, NewHostKeys new_keys,
                                            log::Logger logger);

}  // namespace sisu::client
