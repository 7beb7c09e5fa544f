#include "client/certificates/renewal/certificate_status.hpp"

#include <array>
#include <ctime>

namespace sisu::client {
namespace {

/// What is served.
std::string served(const CertificateStatus& status, Dane dane, Instant now) {
  if (status.kind == CertificateStatus::Kind::from_ca) {
    return (status.until > now ? "valid until " : "expired ") + format_instant(status.until);
  }
  return dane == Dane::ok ? "self-signed, DANE ok" : "self-signed";
}

/// How it goes on.
std::string outlook(const CertificateStatus& status) {
  if (status.problem.empty()) return status.waiting_for.empty() ? "" : "waiting for " + status.waiting_for;
  const std::string when = status.next_attempt ? format_instant(*status.next_attempt) : "";
  if (status.rate_limited)
    return (when.empty() ? "rate limited" : "rate limited until " + when) + " (" + status.problem + ")";
  return status.problem + (when.empty() ? "" : " (next attempt " + when + ")");
}

}  // namespace

CertificateStatus status_of(const tls::CertificateChain& served) {
  CertificateStatus status;
  if (!served.is_self_signed()) status.kind = CertificateStatus::Kind::from_ca;
  status.until = served.not_after();
  return status;
}

std::string describe(const CertificateStatus& status, Dane dane, Instant now) {
  const std::string more = outlook(status);
  return served(status, dane, now) + (more.empty() ? "" : "; " + more);
}

std::string format_instant(Instant time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return {text.data(), size};
}

}  // namespace sisu::client
