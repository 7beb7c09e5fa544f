// Who serves a zone to the world, found as the world finds it: the zone's NS records and their addresses, by a
// resolver.
#pragma once

#include "common/base/ip_address.hpp"
#include "relay/naming/record.hpp"
#include "relay/naming/transport/question_round.hpp"

#include <string>
#include <vector>

namespace sisu::relay::naming {

/// One that cannot be asked.
struct LostServer {
  std::string server;   ///< its name, or the resolver's address
  std::string problem;  ///< one line
};

struct NameServers {
  static constexpr std::size_t most_names = 16;      ///< more NS records than these are not followed
  static constexpr std::size_t most_endpoints = 32;  ///< addresses of all of them

  std::vector<Endpoint> endpoints;
  std::vector<LostServer> lost;
};

/// Of each name server, all addresses that this host has a way to. Blocks, at most until `deadline`.
NameServers find_name_servers(const RecordName& zone, const Endpoint& resolver, std::uint16_t port,
                              RoundOptions options, Deadline deadline);

}  // namespace sisu::relay::naming
