#include "relay/gateway/registry_accounts.hpp"
#include "relay/listen_address.hpp"
#include "relay/mode.hpp"
#include "relay/sender_addresses.hpp"

#include <algorithm>
#include <exception>

namespace sisu::relay {
namespace {

Result<std::vector<Endpoint>, Failure> parse_all(const std::vector<std::string>& texts) {
  std::vector<Endpoint> all;
  for (const std::string& text : texts) {
    const auto addresses = parse_zone_listen(text);
    if (!addresses) return usage("--ssh-listen: " + addresses.error());
    all.insert(all.end(), addresses->begin(), addresses->end());
  }
  return all;
}

/// May this program listen on users' addresses? One that nobody has, of the prefix, tells.
Result<void, Failure> try_prefix(const ZoneOptions& zone) {
  if (auto free = refuse_wildcard(zone.tier1_port, "--tier1-port"); !free) return fail(std::move(free.error()));
  const std::vector some = {Endpoint{zone.prefix.address(InterfaceId::random()), zone.tier1_port}};
  if (auto tried = try_addresses(some, "--ipv6-prefix"); !tried) return fail(std::move(tried.error()));
  return {};
}

Result<std::vector<Endpoint>, Failure> try_ipv4(const ZoneOptions& zone) {
  std::vector<Endpoint> addresses;
  for (const auto& [user, address] : zone.ipv4) {
    if (auto free = refuse_wildcard(address.port, "--tier1-ipv4"); !free) return fail(std::move(free.error()));
    addresses.push_back(address);
  }
  return try_addresses(addresses, "--tier1-ipv4");
}

/// Senders and users cannot both have a port of one address.
bool is_for_senders(const ZoneOptions& zone, const Endpoint& address) {
  if (address.port == 0) return false;
  const bool everywhere = address.address.is_unspecified();
  if (address.port == zone.tier1_port && (everywhere || zone.prefix.contains(address.address))) return true;
  return std::ranges::any_of(zone.ipv4, [&](const auto& of_user) {
    return address == of_user.second || (everywhere && address.port == of_user.second.port);
  });
}

Result<Users, Failure> open_registry(const ZoneOptions& zone, const Limits& limits, const host::StateDirectory& state,
                                     const log::Logger& logger) {
  if (auto usable = try_prefix(zone); !usable) return fail(std::move(usable.error()));
  auto ipv4 = try_ipv4(zone);
  if (!ipv4) return fail(std::move(ipv4.error()));
  RegistryOptions options;
  options.rules.policy = zone.claim_policy;
  options.rules.tier2_default = zone.spool_default;
  options.rules.claims_overall = limits.claims;
  options.rules.claims_per_prefix = limits.claims_per_source;
  options.rules.wrong_invites_per_prefix = limits.wrong_invites_per_source;
  options.prefix = zone.prefix;
  options.logger = logger;
  try {
    gateway::ZoneSettings settings{zone.name, zone.tier1_port, zone.ipv4, zone.records, {}, zone.tier1_zone};
    if (!zone.dns_socket.empty())
      settings.dns = naming::LinkOptions{.socket = zone.dns_socket, .zone = {}, .logger = logger};
    std::set<std::uint16_t> ports = {zone.tier1_port};
    for (const Endpoint& address : *ipv4) ports.insert(address.port);
    return Users{std::make_unique<gateway::RegistryAccounts>(state.path(), std::move(options), settings),
                 *std::move(ipv4), std::move(ports)};
  } catch (const std::exception& error) {
    return failed(error.what());
  }
}

}  // namespace

Result<Mode, Failure> zone_mode(const Options& options) {
  const ZoneOptions& zone = *options.zone;
  auto ssh_addresses = parse_all(options.ssh_listen);
  if (!ssh_addresses) return fail(std::move(ssh_addresses.error()));
  for (const Endpoint& address : *ssh_addresses) {
    if (is_for_senders(zone, address)) {
      return usage("--ssh-listen: port " + std::to_string(address.port) +
                   " is where senders connect (--tier1-port, --tier1-ipv4)");
    }
  }
  return Mode{.name = {"zone", zone.name.to_string()},
              .ssh_listen = *std::move(ssh_addresses),
              .open = [zone, limits = options.limits](const host::StateDirectory& state, const log::Logger& logger) {
                return open_registry(zone, limits, state, logger);
              }};
}

}  // namespace sisu::relay
