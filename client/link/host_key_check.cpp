#include "client/link/host_key_check.hpp"

#include <utility>

namespace sisu::client {
namespace {

using Verdict = ssh::KnownHosts::Verdict;

/// As known_hosts has it: [host]:port, the port left out where it is ssh's own.
std::string known_hosts_name(const RelayAddress& relay) {
  constexpr std::uint16_t ssh_port = 22;
  return relay.port == ssh_port ? relay.host : "[" + relay.host + "]:" + std::to_string(relay.port);
}

std::string fingerprints_of(const ssh::KnownHosts& known, const RelayAddress& relay) {
  const auto keys = known.keys_of(relay.host, relay.port);
  std::string all;
  if (!keys) return all;
  for (const ssh::PublicKey& key : *keys) all += (all.empty() ? "" : ", ") + key.fingerprint();
  return all;
}

/// Why a key is refused, and what to do about it.
std::string refusal(Verdict verdict, const ssh::KnownHosts& known, const RelayAddress& relay,
                    const ssh::PublicKey& key) {
  const std::string what = "the relay " + relay.to_string() + " shows the host key " + key.fingerprint();
  const std::string file = known.file().string();
  switch (verdict) {
    case Verdict::known:
      break;
    case Verdict::unknown:
      return what + ", which is not in " + file +
             ": compare it with what the relay's operator published, then start once with --accept-new-host-key";
    case Verdict::changed:
      return "THE RELAY'S HOST KEY HAS CHANGED, someone may be in between: " + what + ", but " + file + " has " +
             fingerprints_of(known, relay) +
             "; only if the relay's operator confirms the new one, remove the old one: ssh-keygen -f '" + file +
             "' -R '" + known_hosts_name(relay) + "'";
    case Verdict::revoked:
      return what + ", which " + file + " marks as REVOKED: do not use this relay before its operator explains";
  }
  return what;
}

ssh::KeyError with_context(const ssh::KeyError& error, const RelayAddress& relay) {
  return {"cannot check the host key of " + relay.to_string() + ": " + error.what};
}

}  // namespace

ssh::HostKeyVerifier make_host_key_verifier(ssh::KnownHosts known_hosts, RelayAddress relay, NewHostKeys new_keys,
                                            log::Logger logger) {
  return [known = std::move(known_hosts), relay = std::move(relay), new_keys,
          logger = std::move(logger)](const ssh::PublicKey& key) -> Result<void, ssh::KeyError> {
    const auto verdict = known.check(relay.host, relay.port, key);
    if (!verdict) return fail(with_context(verdict.error(), relay));
    if (*verdict == Verdict::known) return {};
    if (*verdict != Verdict::unknown || new_keys == NewHostKeys::refuse) {
      return fail(ssh::KeyError{refusal(*verdict, known, relay, key)});
    }
    if (const auto added = known.add(relay.host, relay.port, key); !added) {
      return fail(with_context(added.error(), relay));
    }
    logger.warning(
        "new host key accepted",
        {{"relay", relay.to_string()}, {"fingerprint", key.fingerprint()}, {"known_hosts", known.file().string()}});
    return {};
  };
}

}  // namespace sisu::client
