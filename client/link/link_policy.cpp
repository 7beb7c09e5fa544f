#include "client/link/link_policy.hpp"

namespace sisu::client {

NextStep LinkPolicy::ended(LinkEnd end, std::chrono::milliseconds held) {
  if (held > held.zero()) was_online_ = true;
  if (held >= options_.steady_after) backoff_.reset();
  switch (end) {
    case LinkEnd::unreachable:
    case LinkEnd::lost:
      return {NextStep::Kind::retry, backoff_.next()};
    case LinkEnd::replaced:
      return {NextStep::Kind::stand_by, options_.stand_by};
    case LinkEnd::host_key_refused:
    case LinkEnd::key_refused:
    case LinkEnd::claim_refused:
      if (!was_online_) return {NextStep::Kind::give_up, {}};
      return {NextStep::Kind::refused, options_.after_refusal};
  }
  return {NextStep::Kind::give_up, {}};
}

}  // namespace sisu::client
