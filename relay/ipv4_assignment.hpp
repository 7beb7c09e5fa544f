// What --tier1-ipv4 takes: ADDRESS:PORT=USER, a single IPv4 address of the machine that is one user's.
#pragma once

#include "common/base/ip_address.hpp"
#include "common/base/result.hpp"
#include "relay/account/account_name.hpp"

#include <map>
#include <span>
#include <string>
#include <string_view>

namespace sisu::relay {

struct Ipv4Assignment {
  Endpoint address;
  AccountName user;
};

/// The error is one line. Refused are IPv6 (the prefix gives those), 0.0.0.0, multicast, port 0, and names that nobody
/// can have.
Result<Ipv4Assignment, std::string> parse_ipv4_assignment(std::string_view text);

/// By user name. Refuses an address that is given twice: it would be two users'.
Result<std::multimap<std::string, Endpoint>, std::string> parse_ipv4_assignments(std::span<const std::string> texts);

}  // namespace sisu::relay
