#include "relay/ipv4_assignment.hpp"

#include <algorithm>
#include <set>

namespace sisu::relay {
namespace {

bool can_be_listened_on(const Endpoint& address) {
  constexpr std::uint8_t first_multicast = 224;  // and class E, up to broadcast
  const auto bytes = address.address.bytes();
  return address.address.is_v4() && !address.address.is_unspecified() && bytes[0] < first_multicast &&
         address.port != 0;
}

}  // namespace

Result<Ipv4Assignment, std::string> parse_ipv4_assignment(std::string_view text) {
  const std::string quoted = "\"" + std::string(text) + "\"";
  const std::size_t equals = text.find('=');
  const auto address = Endpoint::parse(text.substr(0, equals));
  if (equals == text.npos || !address) {
    return fail(quoted + " is not ADDRESS:PORT=USER, for instance 203.0.113.7:25=niklas");
  }
  if (!can_be_listened_on(*address)) {
    return fail(quoted + ": " + address->to_string() + " is not a single IPv4 address with a port");
  }
  auto user = AccountName::parse_stored(text.substr(equals + 1));
  if (!user) return fail(quoted + ": " + std::string(describe(user.error())));
  return Ipv4Assignment{*address, *std::move(user)};
}

Result<std::multimap<std::string, Endpoint>, std::string> parse_ipv4_assignments(std::span<const std::string> texts) {
  std::multimap<std::string, Endpoint> by_user;
  std::set<Endpoint> taken;
  for (const std::string& text : texts) {
    const auto assignment = parse_ipv4_assignment(text);
    if (!assignment) return fail(assignment.error());
    if (!taken.insert(assignment->address).second) {
      return fail(assignment->address.to_string() + " is given twice: it can be one user's only");
    }
    by_user.emplace(assignment->user.to_string(), assignment->address);
  }
  return by_user;
}

}  // namespace sisu::relay
