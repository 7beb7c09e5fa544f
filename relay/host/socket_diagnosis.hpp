// The kernel's list of listening TCP sockets over netlink (sock_diag(7)): unlike /proc/net/tcp it need not pass over a
// line for each connection of the machine.
#pragma once

#include "relay/host/listening_ports.hpp"

#include <optional>
#include <vector>

namespace sisu::relay::host {

/// All of this network namespace, IPv4 and IPv6. nullopt: the kernel does not answer, for instance in a sandbox without
/// AF_NETLINK.
std::optional<std::vector<ListeningPort>> diagnose_listening_sockets();

}  // namespace sisu::relay::host
