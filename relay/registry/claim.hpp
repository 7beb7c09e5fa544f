// Claiming a name: what is asked, by which rules, what is answered. First come, first served; a refusal changes
// nothing.
#pragma once

#include "relay/account/account.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sisu::relay {

enum class ClaimPolicy { open, invite, closed };
std::optional<ClaimPolicy> parse_claim_policy(std::string_view text);  ///< "open", "invite", "closed"

/// The operator's choices. Limits count claims that were granted; refusals never use them up.
struct ClaimRules {
  ClaimPolicy policy = ClaimPolicy::invite;
  Tier2 tier2_default = Tier2::off;      ///< for new accounts: --spool-default
  std::uint64_t claims_per_prefix = 10;  ///< per source_prefix() within `claim_window`
  std::uint64_t claims_overall = 1000;   ///< within `claim_window`
  std::chrono::seconds claim_window{86400};
  std::uint64_t wrong_invites_per_prefix = 10;  ///< codes that were not good, per source_prefix() within its window
  std::chrono::seconds wrong_invite_window{3600};
};

struct ClaimRequest {
  AccountName name;
  UserKey key;                        ///< that signed this log-in
  std::optional<std::string> invite;  ///< as typed
  IpAddress source;
};

struct Claimed {
  AccountPtr account;
  std::vector<std::string> invite_codes;  ///< for the new user to pass on
};

enum class ClaimRefusal {
  policy_closed,
  already_yours,
  name_taken,
  name_retired,
  key_has_a_name,
  key_retired,
  too_many_from_prefix,
  too_many_overall,
  too_many_wrong_invites,
  invite_missing,
  invite_unknown,
  invite_used,
  invite_revoked,
  no_address_prefix,
  registry_unavailable,
};
inline constexpr std::size_t claim_refusal_count = static_cast<std::size_t>(ClaimRefusal::registry_unavailable) + 1;

/// One line for the person who claims: why, and what to do.
std::string_view describe(ClaimRefusal refusal);

/// A word for metrics and logs: "name-taken".
std::string_view to_label(ClaimRefusal refusal);

}  // namespace sisu::relay
