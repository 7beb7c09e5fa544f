// Whether mail can reach this device now, and if not, what is missing: a session with the relay that grants deliveries,
// the address records, and in a signed zone the TLSA record of the key that serves. A CA's certificate is no part of
// it: senders check DANE, or nothing.
#pragma once

#include "client/link/link.hpp"
#include "client/names/dns_status.hpp"
#include "common/keys/key_roll.hpp"

#include <optional>
#include <string>
#include <vector>

namespace sisu::client {

struct ReadinessFacts {
  LinkState link;
  std::optional<keys::Digest> served;  ///< none: no certificate may be served yet (strict)
  std::optional<DnsStatus> dns;        ///< none: the relay has not answered yet in this session
  bool were_live = false;              ///< in this session all records were live once: a roll changes TLSA only
};

struct Readiness {
  bool ready = false;
  std::vector<std::string> missing;  ///< for people, each what and why; empty when ready

  bool operator==(const Readiness&) const = default;
};

Readiness readiness_of(const ReadinessFacts& facts);

/// "live", "not live at every name server yet: ...", ... for the line of the records in a status.
std::string records_text(const std::optional<DnsStatus>& dns);
/// "ok", "no, the zone is not signed", ... for the line DANE of a status.
std::string dane_text(const std::optional<DnsStatus>& dns, const std::optional<keys::Digest>& served);
/// DANE vouches for the key that serves.
bool dane_ok(const std::optional<DnsStatus>& dns, const std::optional<keys::Digest>& served);

}  // namespace sisu::client
