#include "common/mail/address.hpp"
#include "relay/gateway/dev_accounts.hpp"
#include "relay/listen_address.hpp"
#include "relay/mode.hpp"
#include "relay/sender_addresses.hpp"

namespace sisu::relay {
namespace {

const std::string_view tier1_option = "--tier1-listen";

Result<std::vector<Endpoint>, Failure> parse_all(const std::vector<std::string>& texts, std::string_view option) {
  std::vector<Endpoint> all;
  for (const std::string& text : texts) {
    const auto addresses = parse_dev_listen(text);
    if (!addresses) return usage(std::string(option) + ": " + addresses.error());
    all.insert(all.end(), addresses->begin(), addresses->end());
  }
  return all;
}

Result<Users, Failure> open_user(const std::string& name, const std::vector<Endpoint>& wanted,
                                 const host::StateDirectory& state) {
  for (const Endpoint& address : wanted) {
    if (auto free = refuse_wildcard(address.port, tier1_option); !free) return fail(std::move(free.error()));
  }
  auto addresses = try_addresses(wanted, tier1_option);
  if (!addresses) return fail(std::move(addresses.error()));
  auto accounts = gateway::DevAccounts::open({name, *addresses}, state.dev_user());
  if (!accounts) return failed(accounts.error());
  std::set<std::uint16_t> ports;
  for (const Endpoint& address : *addresses) ports.insert(address.port);
  return Users{*std::move(accounts), *std::move(addresses), std::move(ports)};
}

}  // namespace

Result<Mode, Failure> dev_mode(const Options& options) {
  const auto name = mail::Username::parse(options.dev_user);
  if (!name) {
    return usage("--dev-user: \"" + options.dev_user + "\" is not a user name: 1 to 63 of a-z, 0-9 and inner hyphens");
  }
  auto ssh_addresses = parse_all(options.ssh_listen, "--ssh-listen");
  if (!ssh_addresses) return fail(std::move(ssh_addresses.error()));
  auto wanted = parse_all(options.tier1_listen, tier1_option);
  if (!wanted) return fail(std::move(wanted.error()));
  return Mode{
      .name = {"dev_user", name->to_string()},
      .ssh_listen = *std::move(ssh_addresses),
      .open = [user = name->to_string(), wanted = *std::move(wanted)](
                  const host::StateDirectory& state, const log::Logger&) { return open_user(user, wanted, state); }};
}

}  // namespace sisu::relay
