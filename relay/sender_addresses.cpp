#include "relay/sender_addresses.hpp"

#include "relay/host/listening_ports.hpp"
#include "relay/tier1/listening_sockets.hpp"

namespace sisu::relay {

Result<void, Failure> refuse_wildcard(std::uint16_t port, std::string_view option) {
  if (port == 0) return {};
  const auto wildcard = host::wildcard_on(host::listening_ports(), port);
  if (!wildcard) return {};
  return failed(std::string(option) + ": " + wildcard->address.to_string() + " is listened on by " +
                host::owner_of(*wildcard) +
                ", which would accept mail for users who are offline: stop it or choose another port");
}

Result<std::vector<Endpoint>, Failure> try_addresses(std::span<const Endpoint> addresses, std::string_view option) {
  const auto sockets = tier1::ListeningSockets::open(addresses, 1, log::Logger());
  if (!sockets) return failed(std::string(option) + ": " + sockets.error());
  std::vector<Endpoint> resolved;
  for (const auto& socket : (*sockets)->sockets()) resolved.push_back(socket.address);
  return resolved;
}

}  // namespace sisu::relay
