// Addresses that senders connect to, looked at before the relay serves: what is wrong with them is better said then
// than at the first log-in.
#pragma once

#include "common/base/ip_address.hpp"
#include "relay/failure.hpp"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace sisu::relay {

/// Refuses a port on which somebody listens on 0.0.0.0 or ::, who would accept for every user who is offline; says
/// whose it is. Port 0 is nobody's. `option` is what the user has to change.
Result<void, Failure> refuse_wildcard(std::uint16_t port, std::string_view option);

/// Opens and closes them once. Port 0 becomes a port of its own, the same whenever the user is present.
Result<std::vector<Endpoint>, Failure> try_addresses(std::span<const Endpoint> addresses, std::string_view option);

}  // namespace sisu::relay
