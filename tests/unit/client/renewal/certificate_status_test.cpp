#include "client/certificates/renewal/certificate_status.hpp"

#include <gtest/gtest.h>

namespace sisu::client {
namespace {

using std::chrono::days;
using std::chrono::seconds;

const Instant now = std::chrono::sys_days(std::chrono::year(2026) / 11 / 20);

TEST(CertificateStatus, what_is_served_comes_first) {
  CertificateStatus status;
  status.until = now + days(3000);
  EXPECT_EQ(describe(status, Dane::ok, now), "self-signed, DANE ok");
  EXPECT_EQ(describe(status, Dane::none, now), "self-signed");
  status.kind = CertificateStatus::Kind::from_ca;
  status.until = now + days(2) + seconds(3);
  EXPECT_EQ(describe(status, Dane::ok, now), "valid until 2026-11-22T00:00:03Z");
  EXPECT_EQ(describe(status, Dane::ok, status.until), "expired 2026-11-22T00:00:03Z");
}

TEST(CertificateStatus, then_how_it_goes_on) {
  CertificateStatus status;
  status.waiting_for = "the device's records in DNS";
  EXPECT_EQ(describe(status, Dane::none, now), "self-signed; waiting for the device's records in DNS");
  status.problem = "the CA is away";
  EXPECT_EQ(describe(status, Dane::ok, now), "self-signed, DANE ok; the CA is away");
  status.next_attempt = now;
  EXPECT_EQ(describe(status, Dane::ok, now),
            "self-signed, DANE ok; the CA is away (next attempt 2026-11-20T00:00:00Z)");
  status.rate_limited = true;
  EXPECT_EQ(describe(status, Dane::ok, now),
            "self-signed, DANE ok; rate limited until 2026-11-20T00:00:00Z (the CA is away)");
}

}  // namespace
}  // namespace sisu::client
