#include "client/readiness/readiness.hpp"

namespace sisu::client {
namespace {

std::string with_reason(std::string what, const std::string& reason) {
  return reason.empty() ? what : what + ": " + reason;
}

/// Empty: nothing is missing.
std::string missing_of_link(const LinkState& link) {
  switch (link.kind) {
    case LinkState::Kind::online:
      return {};
    case LinkState::Kind::none:
      return "there is no relay (--relay): only ports of this machine take mail";
    case LinkState::Kind::connecting:
      return "the relay is being connected to";
    case LinkState::Kind::connected:
      return "the relay has not granted deliveries yet";
    case LinkState::Kind::waiting:
      return with_reason("no session with the relay", link.reason);
    case LinkState::Kind::standing_by:
      return with_reason("another client of yours serves", link.reason);
    case LinkState::Kind::refused:
      return with_reason("the log-in was refused", link.reason);
    case LinkState::Kind::stopped:
      return "the client is stopping";
  }
  return {};
}

std::string missing_of_records(const DnsStatus& dns, bool were_live) {
  if (!dns.has_dns || dns.live || were_live) return {};
  return with_reason("your address records are not live at every name server yet", dns.problem);
}

std::string missing_of_tlsa(const DnsStatus& dns, const keys::Digest& served) {
  if (!dns.has_dns || !dns.signed_zone || dns.tlsa.contains(served)) return {};
  return with_reason("the TLSA record of the key that serves is not live at every name server yet", dns.problem);
}

}  // namespace

Readiness readiness_of(const ReadinessFacts& facts) {
  Readiness readiness;
  const auto note = [&](std::string missing) {
    if (!missing.empty()) readiness.missing.push_back(std::move(missing));
  };
  note(missing_of_link(facts.link));
  if (!facts.served) note("no certificate that --tls-policy strict lets it serve");
  if (facts.link.connected() && !facts.dns) note("the relay has not said yet whether your records are live");
  if (facts.link.connected() && facts.dns) {
    note(missing_of_records(*facts.dns, facts.were_live));
    if (facts.served) note(missing_of_tlsa(*facts.dns, *facts.served));
  }
  readiness.ready = readiness.missing.empty();
  return readiness;
}

std::string records_text(const std::optional<DnsStatus>& dns) {
  if (!dns) return "not known: the relay has not said";
  if (!dns->has_dns) return "not known: the relay writes no DNS records, its operator does";
  return dns->live ? with_reason("live", dns->problem) : with_reason("not live at every name server yet", dns->problem);
}

bool dane_ok(const std::optional<DnsStatus>& dns, const std::optional<keys::Digest>& served) {
  return dns && served && dns->has_dns && dns->signed_zone && dns->tlsa.contains(*served);
}

std::string dane_text(const std::optional<DnsStatus>& dns, const std::optional<keys::Digest>& served) {
  if (!dns) return "not known: the relay has not said";
  if (!dns->has_dns) return "not known: the relay writes no DNS records";
  if (!dns->signed_zone) return dns->live ? "no, the zone is not signed" : "not known yet";
  if (!served) return "no key serves yet";
  return dane_ok(dns, served) ? "ok" : "not yet: the TLSA record is not live at every name server";
}

}  // namespace sisu::client
