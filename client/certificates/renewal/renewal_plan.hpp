// When to have a certificate issued, as a pure decision: the clock, chance and what happened before are arguments.
//
//   there is                                     then
//   no certificate from a CA over the key        issue now
//   one                                          renew at two thirds of its lifetime, a little later by chance, so that
//                                                certificates that were issued together do not come back together
//   the CA's own wish (RFC 9773)                 renew at a time within its window, by chance; ask again for the window
//   a failure before                             not before 1 min, doubling to 6 h, less up to half by chance; and not
//                                                before the server's Retry-After
#pragma once

#include "client/acme/documents/renewal_info.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>

namespace sisu::client {

using Instant = std::chrono::system_clock::time_point;

struct Validity {
  Instant from;
  Instant until;
  bool operator==(const Validity&) const = default;
};

/// Chance that was drawn once for a certificate, so that each look at it comes to the same time: below `whole`.
struct Spread {
  static constexpr std::uint32_t whole = 65'536;
  std::uint32_t part = 0;
  bool operator==(const Spread&) const = default;
};

struct RenewalFacts {
  Instant now;
  std::optional<Validity> certificate;        ///< from a CA, over the key that wants one
  std::optional<acme::RenewalWindow> window;  ///< for this certificate
  std::optional<Instant> ask_window_at;       ///< none: the CA offers no windows
  Spread spread;
  std::optional<Instant> not_before;  ///< after a failure
};

struct RenewalPlan {
  enum class Kind { issue, ask_window, wait };
  Kind kind = Kind::issue;
  Instant at;  ///< of `wait`: when to look again, at the latest
  bool operator==(const RenewalPlan&) const = default;
};

/// A `not_before` further ahead than any wait could be was stored under a wrong clock, and is ignored.
inline constexpr std::chrono::seconds longest_postponement = std::chrono::hours(9 * 24);

RenewalPlan plan_renewal(const RenewalFacts& facts);
/// When a certificate is due.
Instant renewal_time(const Validity& certificate, const std::optional<acme::RenewalWindow>& window, Spread spread);

struct RetryTimes {
  std::chrono::seconds first{60};
  std::chrono::seconds longest = std::chrono::hours(6);
};
/// Uniform in [0, bound): random_below() outside of tests.
using Chance = std::function<std::uint64_t(std::uint64_t bound)>;
/// After the n-th failure in a row (1: the first): between half of the step and all of it.
std::chrono::seconds retry_wait(const RetryTimes& times, unsigned failures, const Chance& chance);

}  // namespace sisu::client
