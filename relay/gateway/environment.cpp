#include "relay/gateway/environment.hpp"

namespace sisu::relay::gateway {
namespace {

PresenceTable::Open open_sockets(const Limits& limits, const log::Logger& logger) {
  const int backlog = static_cast<int>(limits.listen_backlog);
  return [backlog, logger](const Account& account) {
    return tier1::ListeningSockets::open(account.addresses, backlog, logger.with({{"user", account.name}}));
  };
}

}  // namespace

SessionCounters::SessionCounters(metrics::Registry& registry) {
  const std::string name = "sisumail_relay_logins_total";
  const std::string help = "SSH log-ins by outcome.";
  logged_in = registry.counter(name, help, {{"outcome", "done"}});
  newcomers = registry.counter(name, help, {{"outcome", "newcomer"}});
  refused = registry.counter(name, help, {{"outcome", "refused"}});
  abandoned = registry.counter(name, help, {{"outcome", "abandoned"}});
  requests_refused = registry.counter("sisumail_relay_ssh_requests_refused_total",
                                      "SSH channels and requests of kinds that the relay does not have.");
  const std::string claims_name = "sisumail_relay_claims_total";
  const std::string claims_help = "Claims of names by result.";
  claims = registry.counter(claims_name, claims_help, {{"result", "granted"}});
  for (std::size_t i = 0; i < claim_refusal_count; ++i) {
    const std::string reason(to_label(static_cast<ClaimRefusal>(i)));
    claim_refusals[i] = registry.counter(claims_name, claims_help, {{"result", reason}});
  }
  names_refused = registry.counter("sisumail_relay_names_refused_total",
                                   "Commands about a name in DNS that is not the user's own.");
  takeovers = registry.counter("sisumail_relay_takeovers_total", "Sessions replaced by a newer one.");
  suspensions = registry.counter("sisumail_relay_suspensions_total", "Presences suspended: the client did not answer.");
}

Environment::Environment(const Limits& all_limits, Accounts& all_accounts, ssh::PrivateKey key, log::Logger log,
                         metrics::Registry& registry)
    : limits(all_limits),
      accounts(all_accounts),
      host_key(std::move(key)),
      logger(std::move(log)),
      limit_log(logger, registry),
      usage(limits),
      presence(open_sockets(limits, logger)),
      counters(registry),
      delivery_counters(registry) {}

}  // namespace sisu::relay::gateway
