// How it stands with the certificate, for people: one line of `sisumail status`. Mail never waits for it.
#pragma once

#include "client/certificates/renewal/renewal_plan.hpp"
#include "common/tls/certificate.hpp"

#include <optional>
#include <string>

namespace sisu::client {

struct CertificateStatus {
  enum class Kind { self_signed, from_ca };
  Kind kind = Kind::self_signed;
  Instant until;                        ///< of what is served
  std::string problem;                  ///< of the last attempt to have one issued; empty: none
  bool rate_limited = false;            ///< that was the problem
  std::optional<Instant> next_attempt;  ///< after a problem
  std::string waiting_for;              ///< what an issuance waits for; empty: nothing

  bool operator==(const CertificateStatus&) const = default;
};

/// Of a chain that is served, where no CA is asked for another.
CertificateStatus status_of(const tls::CertificateChain& served);

/// Whether senders can verify the key by DANE: a TLSA record of it is live in a signed zone.
enum class Dane { ok, none };

/// "self-signed, DANE ok", "rate limited until ...", "valid until ...", "expired ...", "self-signed; no certificate
/// from the CA: ...". Times as 2026-11-20T16:00:00Z.
std::string describe(const CertificateStatus& status, Dane dane, Instant now);

std::string format_instant(Instant time);

}  // namespace sisu::client
