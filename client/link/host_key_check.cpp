#include "client/link/host_key_check.hpp"

#include <utility>

namespace sisu::client {
namespace {

using Verdict = ssh::KnownHosts::Verdict;

/// Why a key is refused, and what to do about it.
ssh::KeyError refusal(Verdict verdict, const ssh::KnownHosts& known, const RelayAddress& relay,
                      const ssh::PublicKey& key) {
  const std::string what = "the relay " + relay.to_string() + " shows the host key " + key.fingerprint();
  const std::string file = known.file().string();
  switch (verdict) {
    case Verdict::known:
      break;
    case Verdict::unknown:
      return {what + ", which is not in " + file +
              ": compare it with what the relay's operator published, then start once with --accept-new-host-key"};
    case Verdict::changed:
      return {
          what + ", but " + file +
          " has ANOTHER key for it: someone may be between you and the relay. Only if the operator confirms the new "
          "key, remove the old one: ssh-keygen -f " +
          file + " -R '[" + relay.host + "]:" + std::to_string(relay.port) + "'"};
    case Verdict::revoked:
      return {what + ", which " + file + " marks as REVOKED: do not use this relay before its operator explains"};
  }
  return {what};
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
      return fail(refusal(*verdict, known, relay, key));
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
