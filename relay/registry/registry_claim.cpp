// RegistryDatabase::claim(): one transaction that holds the write lock from the first look, so what was free when it
// looked is free when it writes, whatever other threads and processes do. Refusals write nothing.
#include "common/base/expects.hpp"
#include "common/sqlite/transaction.hpp"
#include "relay/registry/registry_database.hpp"

namespace sisu::relay {

Result<Claimed, ClaimRefusal> RegistryDatabase::claim(const ClaimRequest& request, Time now) {
  sqlite::Transaction transaction(*database_);
  const auto addresses = prefix();
  if (!addresses) return fail(ClaimRefusal::no_address_prefix);
  if (const auto refusal = identity_refusal(request, *addresses)) return fail(*refusal);
  if (const auto refusal = limit_refusal(request, now)) return fail(*refusal);
  const auto invite = accepted_invite(request, now);
  if (!invite) return fail(invite.error());
  Claimed claimed = grant(request, *invite, *addresses, now);
  transaction.commit();
  return claimed;
}

/// Is the name free, and the key without one?
std::optional<ClaimRefusal> RegistryDatabase::identity_refusal(const ClaimRequest& request,
                                                               const UserPrefix& addresses) const {
  const AccountPtr of_name = accounts_.find(request.name, addresses);
  const AccountPtr of_key = accounts_.find(request.key.fingerprint(), addresses);
  const auto is_gone = [](const AccountPtr& account) { return account && account->state == AccountState::removed; };
  if (is_gone(of_key) || accounts_.is_retired_key(request.key.fingerprint())) return ClaimRefusal::key_retired;
  if (of_key && of_key->name == request.name) return ClaimRefusal::already_yours;
  if (of_key) return ClaimRefusal::key_has_a_name;
  if (is_gone(of_name) || accounts_.is_retired_name(request.name)) return ClaimRefusal::name_retired;
  if (of_name) return ClaimRefusal::name_taken;
  return std::nullopt;
}

std::optional<ClaimRefusal> RegistryDatabase::limit_refusal(const ClaimRequest& request, Time now) const {
  if (rules_->policy == ClaimPolicy::closed) return ClaimRefusal::policy_closed;
  if (ledger_.is_prefix_over_limit(request.source, now)) return ClaimRefusal::too_many_from_prefix;
  if (ledger_.is_over_limit(now)) return ClaimRefusal::too_many_overall;
  return std::nullopt;
}

/// The invite to use up, or none where none is needed. A wrong one is refused under every policy: who typed it thinks
/// that it counts.
Result<std::optional<Invite>, ClaimRefusal> RegistryDatabase::accepted_invite(const ClaimRequest& request, Time now) {
  if (!request.invite) {
    if (rules_->policy == ClaimPolicy::invite) return fail(ClaimRefusal::invite_missing);
    return std::nullopt;
  }
  if (wrong_invites_.is_over_limit(request.source, now)) return fail(ClaimRefusal::too_many_wrong_invites);
  auto invite = usable_invite(*request.invite);
  if (invite) return std::move(*invite);
  wrong_invites_.count(request.source, now);
  return fail(invite.error());
}

Result<Invite, ClaimRefusal> RegistryDatabase::usable_invite(const std::string& text) const {
  const auto code = InviteCode::parse(text);
  if (!code) return fail(ClaimRefusal::invite_unknown);
  auto invite = invites_.find(*code);
  if (!invite) return fail(ClaimRefusal::invite_unknown);
  switch (invite->state) {
    case InviteState::open:
      return std::move(*invite);
    case InviteState::used:
      return fail(ClaimRefusal::invite_used);
    case InviteState::revoked:
      return fail(ClaimRefusal::invite_revoked);
    case InviteState::other_key:
      break;  // a code of another key has another hash: it would not have been found
  }
  return fail(ClaimRefusal::invite_unknown);
}

/// Who comes by an invite gets as many to pass on as it grants, each granting one less. Who comes without gets none:
/// under an open policy they are worth nothing, and could be hoarded for a day when it is not.
Claimed RegistryDatabase::grant(const ClaimRequest& request, const std::optional<Invite>& invite,
                                const UserPrefix& addresses, Time now) {
  const AccountId id = accounts_.add({.name = request.name,
                                      .key = request.key,
                                      .tier2 = rules_->tier2_default,
                                      .created = now,
                                      .invited_by = invite ? invite->inviter : std::nullopt});
  Claimed claimed{.account = accounts_.find(id, addresses), .invite_codes = {}};
  expects(claimed.account != nullptr, "the account that was just added");
  if (invite) {
    invites_.use(invite->id, id, now);
    for (unsigned i = 0; i < invite->grants; ++i)
      claimed.invite_codes.push_back(invites_.mint(id, invite->grants - 1, now).to_text());
  }
  ledger_.record(request.source, now);
  return claimed;
}

}  // namespace sisu::relay
