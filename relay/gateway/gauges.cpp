#include "relay/gateway/gauges.hpp"

#include "relay/registry/registry.hpp"

namespace sisu::relay::gateway {

Gauges::Gauges(const Environment& environment, metrics::Registry& registry)
    : environment_(environment),
      accounts_(registry.gauge("sisumail_relay_accounts", "Accounts in the registry, of every state.")),
      sessions_(registry.gauge("sisumail_relay_sessions", "SSH sessions of users now.")),
      unauthenticated_(registry.gauge("sisumail_relay_unauthenticated", "SSH connections that have not logged in.")),
      present_(registry.gauge("sisumail_relay_present_users", "Users whose address takes connections now.")),
      suspended_(registry.gauge("sisumail_relay_suspended_presences", "Presences whose client does not answer now.")),
      held_bytes_(registry.gauge("sisumail_relay_held_bytes", "Bytes held for peers, against the limit memory.")) {}

void Gauges::set() const {
  if (const Registry* registry = environment_.accounts.registry()) {
    accounts_.set(static_cast<double>(registry->accounts().size()));
  }
  sessions_.set(static_cast<double>(environment_.usage.sessions.total()));
  unauthenticated_.set(static_cast<double>(environment_.usage.unauthenticated.total()));
  const auto counts = environment_.presence.counts();
  present_.set(static_cast<double>(counts.present));
  suspended_.set(static_cast<double>(counts.suspended));
  held_bytes_.set(static_cast<double>(environment_.usage.memory.held()));
}

}  // namespace sisu::relay::gateway
