// Which program listens on a TCP port of this host, as the kernel and /proc tell: to say whose a port is, and to refuse
// to start beside a wildcard listener, which would accept for every user who is offline.
#pragma once

#include "common/base/ip_address.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sisu::relay::host {

struct ListeningPort {
  Endpoint address;
  std::uint64_t inode = 0;  ///< of the socket, as /proc/PID/fd names it
  std::uint32_t uid = 0;    ///< whose it is
  bool operator==(const ListeningPort&) const = default;
};

/// The listening sockets in the text of /proc/net/tcp or /proc/net/tcp6 (proc(5)). Lines that do not parse are skipped.
std::vector<ListeningPort> parse_proc_net_tcp(std::string_view text);

/// All of this network namespace now.
std::vector<ListeningPort> listening_ports();

/// The first listener on 0.0.0.0 or :: with this port.
std::optional<ListeningPort> wildcard_on(const std::vector<ListeningPort>& ports, std::uint16_t port);

/// "exim4 (pid 612)"; nullopt: not to be seen, for instance another user's without root.
std::optional<std::string> program_of(std::uint64_t inode);

/// The program, or, where it is not to be seen, whose it is: "a program of the user Debian-exim".
std::string owner_of(const ListeningPort& port);

/// Why an address is in use, to go behind the error: "; it belongs to exim4 (pid 612): stop it or choose another port".
std::string owner_text(const Endpoint& address);

}  // namespace sisu::relay::host
