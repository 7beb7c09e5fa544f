#include "relay/gateway/gauges.hpp"

#include "relay/naming/link/zone_names.hpp"
#include "relay/registry/registry.hpp"

namespace sisu::relay::gateway {
namespace {

metrics::Gauge records_gauge(metrics::Registry& registry, const char* state) {
  return registry.gauge("sisumail_relay_dns_owners",
                        "Owners of DNS records (each user, and the zone) by what sisumail-dns says of them.",
                        {{"state", state}});
}

}  // namespace

Gauges::Gauges(const Environment& environment, metrics::Registry& registry)
    : environment_(environment),
      accounts_(registry.gauge("sisumail_relay_accounts", "Accounts in the registry, of every state.")),
      records_live_(records_gauge(registry, "live")),
      records_pending_(records_gauge(registry, "pending")),
      sessions_(registry.gauge("sisumail_relay_sessions", "SSH sessions of users now.")),
      unauthenticated_(registry.gauge("sisumail_relay_unauthenticated", "SSH connections that have not logged in.")),
      present_(registry.gauge("sisumail_relay_present_users", "Users whose address takes connections now.")),
      suspended_(registry.gauge("sisumail_relay_suspended_presences", "Presences whose client does not answer now.")),
      held_bytes_(registry.gauge("sisumail_relay_held_bytes", "Bytes held for peers, against the limit memory.")) {}

void Gauges::set() const {
  if (const Registry* registry = environment_.accounts.registry()) {
    accounts_.set(static_cast<double>(registry->accounts().size()));
  }
  if (const naming::ZoneNames* names = environment_.accounts.names()) {
    const auto counts = names->counts();
    records_live_.set(static_cast<double>(counts.live));
    records_pending_.set(static_cast<double>(counts.pending));
  }
  sessions_.set(static_cast<double>(environment_.usage.sessions.total()));
  unauthenticated_.set(static_cast<double>(environment_.usage.unauthenticated.total()));
  const auto counts = environment_.presence.counts();
  present_.set(static_cast<double>(counts.present));
  suspended_.set(static_cast<double>(counts.suspended));
  held_bytes_.set(static_cast<double>(environment_.usage.memory.held()));
}

}  // namespace sisu::relay::gateway
