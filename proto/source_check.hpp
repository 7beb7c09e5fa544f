// Which sender addresses a preface may name (proto/delivery.md): what cannot come from the Internet is refused, so that
// neither a relay in error nor a program on the user's own machine can pass for a public sender.
#pragma once

#include "common/base/ip_address.hpp"

#include <optional>
#include <string_view>

namespace sisu::proto {

enum class SourceRule {
  public_only,  ///< as in service
  dev,          ///< loopback and private networks pass: sender, relay and client on one machine
};

enum class SourceRefusal { unspecified, loopback, link_local, private_network, multicast, own_address };
std::string_view describe(SourceRefusal refusal);

/// nullopt: `source` is good. `own` is the address that the sender connected to. Under SourceRule::dev only an
/// unspecified or multicast source is refused.
std::optional<SourceRefusal> check_source(const IpAddress& source, const IpAddress& own, SourceRule rule);

}  // namespace sisu::proto
