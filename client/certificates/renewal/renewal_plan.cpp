#include "client/certificates/renewal/renewal_plan.hpp"

#include <algorithm>

namespace sisu::client {
namespace {

/// Of the lifetime, by chance, behind two thirds of it.
constexpr int latest_share = 24;

std::chrono::system_clock::duration share(std::chrono::system_clock::duration whole, Spread spread) {
  return whole / static_cast<std::int64_t>(Spread::whole) * static_cast<std::int64_t>(spread.part % Spread::whole);
}

}  // namespace

Instant renewal_time(const Validity& certificate, const std::optional<acme::RenewalWindow>& window, Spread spread) {
  const auto lifetime = certificate.until - certificate.from;
  // A window behind the end of the certificate is a mistake that must not cost the certificate.
  if (window && window->start < certificate.until) return window->start + share(window->end - window->start, spread);
  return certificate.from + lifetime / 3 * 2 + share(lifetime / latest_share, spread);
}

RenewalPlan plan_renewal(const RenewalFacts& facts) {
  Instant due = facts.now;
  if (facts.certificate) due = renewal_time(*facts.certificate, facts.window, facts.spread);
  if (facts.not_before && *facts.not_before <= facts.now + longest_postponement) due = std::max(due, *facts.not_before);
  if (due <= facts.now) return {RenewalPlan::Kind::issue, facts.now};
  const bool asks = facts.certificate && facts.ask_window_at;
  if (asks && *facts.ask_window_at <= facts.now) return {RenewalPlan::Kind::ask_window, facts.now};
  return {RenewalPlan::Kind::wait, asks ? std::min(due, *facts.ask_window_at) : due};
}

std::chrono::seconds retry_wait(const RetryTimes& times, unsigned failures, const Chance& chance) {
  constexpr unsigned most_doublings = 20;  // far past any `longest`, and no overflow
  const unsigned doublings = std::min(failures > 0 ? failures - 1 : 0, most_doublings);
  const auto whole = std::min<std::chrono::seconds>(times.first * (1LL << doublings), times.longest);
  const auto half = whole / 2;
  const auto spread = static_cast<std::uint64_t>((whole - half).count()) + 1;
  return half + std::chrono::seconds(static_cast<std::int64_t>(chance(spread)));
}

}  // namespace sisu::client
