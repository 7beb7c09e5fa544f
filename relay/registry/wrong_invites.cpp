#include "relay/registry/wrong_invites.hpp"

namespace sisu::relay {

bool WrongInvites::is_over_limit(const IpAddress& source, Time now) {
  while (!by_age_.empty() && by_age_.begin()->first + window_ <= now) forget_oldest();
  const auto found = by_prefix_.find(source_prefix(source));
  return found != by_prefix_.end() && found->second.wrong >= limit_;
}

void WrongInvites::count(const IpAddress& source, Time now) {
  const IpAddress prefix = source_prefix(source);
  auto found = by_prefix_.find(prefix);
  if (found == by_prefix_.end()) {
    if (by_prefix_.size() == prefixes_limit) forget_oldest();
    found = by_prefix_.emplace(prefix, Entry{.wrong = 0, .began = now}).first;
    by_age_.emplace(now, prefix);
  }
  ++found->second.wrong;
}

void WrongInvites::forget_oldest() {
  by_prefix_.erase(by_age_.begin()->second);
  by_age_.erase(by_age_.begin());
}

}  // namespace sisu::relay
