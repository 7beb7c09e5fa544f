#include "client/certificates/renewal/renewal_plan.hpp"

#include <gtest/gtest.h>

namespace sisu::client {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;
using Kind = RenewalPlan::Kind;

const Instant t0 = std::chrono::sys_days(std::chrono::year(2026) / 11 / 20);
const Validity ninety{t0, t0 + days(90)};

TEST(RenewalPlan, without_a_certificate_one_is_issued_now) {
  RenewalFacts facts;
  facts.now = t0;
  EXPECT_EQ(plan_renewal(facts), (RenewalPlan{Kind::issue, t0}));
}

TEST(RenewalPlan, a_certificate_is_renewed_at_two_thirds_of_its_lifetime_or_a_little_later) {
  RenewalFacts facts;
  facts.certificate = ninety;
  facts.now = t0 + days(60) - 1s;
  EXPECT_EQ(plan_renewal(facts), (RenewalPlan{Kind::wait, t0 + days(60)}));
  facts.now = t0 + days(60);
  EXPECT_EQ(plan_renewal(facts).kind, Kind::issue);
  facts.spread.part = Spread::whole - 1;
  const RenewalPlan later = plan_renewal(facts);
  EXPECT_EQ(later.kind, Kind::wait);
  EXPECT_GT(later.at, t0 + days(63));
  EXPECT_LT(later.at, t0 + days(64));
}

TEST(RenewalPlan, a_short_life_is_renewed_in_time_whatever_the_chance) {
  const Validity six_days{t0, t0 + days(6)};
  for (const std::uint32_t part : {0U, 1U, Spread::whole / 2, Spread::whole - 1, Spread::whole, ~0U}) {
    const Instant due = renewal_time(six_days, {}, Spread{part});
    EXPECT_GE(due, t0 + days(4));
    EXPECT_LT(due, t0 + days(5));
  }
}

TEST(RenewalPlan, an_expired_certificate_is_renewed_at_once) {
  RenewalFacts facts;
  facts.certificate = ninety;
  facts.now = t0 + days(100);
  facts.spread.part = Spread::whole - 1;
  EXPECT_EQ(plan_renewal(facts).kind, Kind::issue);
}

TEST(RenewalPlan, the_cas_window_comes_before_two_thirds) {
  RenewalFacts facts;
  facts.certificate = ninety;
  facts.now = t0 + days(1);
  facts.window = acme::RenewalWindow{t0 + days(10), t0 + days(12)};
  EXPECT_EQ(plan_renewal(facts), (RenewalPlan{Kind::wait, t0 + days(10)}));
  facts.spread.part = Spread::whole / 2;
  EXPECT_EQ(plan_renewal(facts), (RenewalPlan{Kind::wait, t0 + days(11)}));
  facts.window = acme::RenewalWindow{t0 - days(2), t0 - days(1)};
  EXPECT_EQ(plan_renewal(facts).kind, Kind::issue) << "a window in the past means: now (RFC 9773 4.2)";
}

TEST(RenewalPlan, a_window_behind_the_end_does_not_cost_the_certificate) {
  RenewalFacts facts;
  facts.certificate = ninety;
  facts.now = t0 + days(61);
  facts.window = acme::RenewalWindow{t0 + days(90), t0 + days(91)};
  EXPECT_EQ(plan_renewal(facts).kind, Kind::issue);
}

TEST(RenewalPlan, the_ca_is_asked_for_its_window_now_and_then) {
  RenewalFacts facts;
  facts.certificate = ninety;
  facts.now = t0 + days(1);
  facts.ask_window_at = t0 + days(1);
  EXPECT_EQ(plan_renewal(facts).kind, Kind::ask_window);
  facts.ask_window_at = t0 + days(2);
  EXPECT_EQ(plan_renewal(facts), (RenewalPlan{Kind::wait, t0 + days(2)}));
  facts.now = t0 + days(70);
  EXPECT_EQ(plan_renewal(facts).kind, Kind::issue) << "what is due comes first";
}

TEST(RenewalPlan, after_a_failure_it_waits) {
  RenewalFacts facts;
  facts.now = t0;
  facts.not_before = t0 + 1min;
  EXPECT_EQ(plan_renewal(facts), (RenewalPlan{Kind::wait, t0 + 1min}));
  facts.now = t0 + 1min;
  EXPECT_EQ(plan_renewal(facts).kind, Kind::issue);
}

TEST(RenewalPlan, a_wait_that_only_a_wrong_clock_can_have_stored_is_ignored) {
  RenewalFacts facts;
  facts.now = t0;
  facts.not_before = t0 + longest_postponement;
  EXPECT_EQ(plan_renewal(facts).kind, Kind::wait);
  facts.not_before = t0 + longest_postponement + 1s;
  EXPECT_EQ(plan_renewal(facts).kind, Kind::issue);
}

TEST(RetryWait, doubles_from_a_minute_to_six_hours_less_up_to_half) {
  const RetryTimes times;
  const Chance most = [](std::uint64_t bound) { return bound - 1; };
  const Chance least = [](std::uint64_t) { return 0; };
  std::chrono::seconds step = 1min;
  for (unsigned failures = 1; failures < 12; ++failures) {
    EXPECT_EQ(retry_wait(times, failures, most), std::min<std::chrono::seconds>(step, 6h)) << failures;
    EXPECT_EQ(retry_wait(times, failures, least), std::min<std::chrono::seconds>(step, 6h) / 2) << failures;
    step *= 2;
  }
  EXPECT_EQ(retry_wait(times, 0, most), 1min);
  EXPECT_EQ(retry_wait(times, ~0U, most), 6h);
}

}  // namespace
}  // namespace sisu::client
