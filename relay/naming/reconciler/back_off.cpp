#include "relay/naming/reconciler/back_off.hpp"

#include <algorithm>

namespace sisu::relay::naming {
namespace {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

milliseconds doubled(milliseconds first, unsigned attempts, milliseconds longest) {
  constexpr unsigned most_doublings = 20;
  const unsigned doublings = std::min(attempts == 0 ? 0 : attempts - 1, most_doublings);
  return std::min(first * (std::int64_t{1} << doublings), longest);
}

}  // namespace

milliseconds wait_after(const ProviderError& error, unsigned attempts) {
  switch (error.kind) {
    case ProviderError::Kind::unreachable:
      return doubled(1s, attempts, 5s);
    case ProviderError::Kind::busy:
      return std::clamp<milliseconds>(error.retry_after.value_or(0s), doubled(1s, attempts, 60s), 1h);
    case ProviderError::Kind::refused:
      return doubled(2s, attempts, 60s);
    case ProviderError::Kind::conflict:
      return doubled(100ms, attempts, 10s);
    case ProviderError::Kind::invalid:
      return doubled(10s, attempts, 1h);
  }
  return 1h;
}

/// A second server mostly has the zone a second later (Knot waits for so long before it notifies): steady until then.
milliseconds wait_after_look(unsigned attempts) {
  constexpr unsigned steady_looks = 10;  // 1.75 seconds
  constexpr unsigned quick_looks = 18;   // about 30 seconds
  constexpr unsigned looks_of_a_claim = 26;
  if (attempts <= steady_looks) return doubled(50ms, attempts, 200ms);
  if (attempts <= quick_looks) return doubled(400ms, attempts - steady_looks, 5s);
  return attempts <= looks_of_a_claim ? milliseconds(1min) : milliseconds(10min);
}

std::string again_in(milliseconds wait) {
  return "; tried again in " + std::to_string(std::chrono::ceil<std::chrono::seconds>(wait).count()) + " s";
}

bool is_of_the_whole(ProviderError::Kind kind) {
  switch (kind) {
    case ProviderError::Kind::unreachable:
    case ProviderError::Kind::busy:
      return true;
    case ProviderError::Kind::refused:  // may be a rule for one name; the streak of them tells
    case ProviderError::Kind::conflict:
    case ProviderError::Kind::invalid:
      return false;
  }
  return false;
}

}  // namespace sisu::relay::naming
