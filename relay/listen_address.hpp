// What --ssh-listen and --tier1-listen take: ADDRESS:PORT, [ADDRESS]:PORT, or :PORT for the addresses that the mode
// means.
#pragma once

#include "common/base/ip_address.hpp"
#include "common/base/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sisu::relay {

/// With --dev-user everything stays on this machine: :PORT is 127.0.0.1 and ::1 (where IPv6 is there), and an address
/// that is not loopback is refused. The error is one line.
Result<std::vector<Endpoint>, std::string> parse_dev_listen(std::string_view text);

/// With --zone: :PORT is every address of this machine, 0.0.0.0 and :: (where IPv6 is there). The error is one line.
Result<std::vector<Endpoint>, std::string> parse_zone_listen(std::string_view text);

}  // namespace sisu::relay
