// The registry as one process sees it through one connection: every operation is one transaction. Blocking, used by one
// thread at a time: the daemon's stands behind Registry, an operator's command uses its own.
#pragma once

#include "common/base/result.hpp"
#include "relay/registry/account_table.hpp"
#include "relay/registry/claim.hpp"
#include "relay/registry/claim_ledger.hpp"
#include "relay/registry/invite_table.hpp"
#include "relay/registry/published_table.hpp"
#include "relay/registry/wrong_invites.hpp"

#include <memory>
#include <span>
#include <utility>

namespace sisu::relay {

enum class ChangeRefusal {
  no_such_account,
  already_so,      ///< it has that state already
  removed,         ///< removed is for good
  not_removed,     ///< only a removed account can be purged
  no_such_invite,  ///< or it belongs to somebody else
  invite_is_spent,
  too_many_invites,
  too_many_tlsa,
  too_many_challenges,
};
/// One line for the person who asked: why, and what to do.
std::string_view describe(ChangeRefusal refusal);

enum class PurgedName {
  kept,      ///< nobody can claim it
  released,  ///< free again: who claims it gets what people still send to the former owner
};

/// Every operation throws sqlite::Error when the database cannot do it; then nothing was changed.
class RegistryDatabase {
 public:
  static constexpr unsigned mint_limit = 1000;  ///< codes at once

  /// `database` is of registry_schema().
  RegistryDatabase(sqlite::Database database, InviteKey key, ClaimRules rules = {});

  /// The /64 that addresses are made of. Kept in the registry, so that commands beside the daemon know it.
  std::optional<UserPrefix> prefix() const;
  void set_prefix(const UserPrefix& prefix);

  Result<Claimed, ClaimRefusal> claim(const ClaimRequest& request, Time now);

  std::vector<AccountPtr> accounts();  ///< all, removed ones, too; by name
  AccountPtr find(const AccountName& name);
  AccountPtr find(const Fingerprint& fingerprint);
  Retired retired() const { return accounts_.retired(); }

  /// active <-> suspended, either -> removed.
  Result<AccountPtr, ChangeRefusal> set_state(const AccountName& name, AccountState state);
  Result<AccountPtr, ChangeRefusal> set_tier2(const AccountName& name, Tier2 tier2);
  /// Forgets a removed account. Its key and address stay retired for good, its name as `name_after` says.
  Result<AccountPtr, ChangeRefusal> purge(const AccountName& name, PurgedName name_after);
  // What a user publishes in DNS. Asked for by id: a name may be another account's by now. What is so already is
  // granted.

  /// In place of the former set; at most Published::most_tlsa.
  Result<AccountPtr, ChangeRefusal> set_tlsa(AccountId user, const std::set<SpkiDigest>& digests);
  /// nullopt: none.
  Result<AccountPtr, ChangeRefusal> set_acme_account(AccountId user, const std::optional<AcmeAccountUri>& uri);
  Result<AccountPtr, ChangeRefusal> add_challenge(AccountId user, const ChallengeValue& value, Time now);
  Result<AccountPtr, ChangeRefusal> drop_challenge(AccountId user, const ChallengeValue& value);
  /// Gives the accounts that had some from before `begin`, as they are now.
  std::vector<AccountPtr> sweep_challenges(Time begin);

  /// Times of accounts that are gone by now are dropped.
  void set_last_seen(std::span<const std::pair<AccountId, Time>> times);

  /// The operator's invites: 1 to mint_limit codes.
  Result<std::vector<std::string>, ChangeRefusal> mint_invites(unsigned count, Time now);
  std::vector<Invite> invites() const { return invites_.all(); }
  std::optional<Invite> find_invite(const InviteCode& code) const { return invites_.find(code); }
  std::vector<Invite> invites_of(AccountId inviter) const { return invites_.of(inviter); }
  /// `owner`: only if it is theirs; nullopt: the operator may revoke any.
  Result<void, ChangeRefusal> revoke_invite(const InviteId& id, std::optional<AccountId> owner, Time now);

  /// Changes when another process has committed.
  std::int64_t data_version() const { return database_->data_version(); }
  const sqlite::Database& database() const { return *database_; }

 private:
  UserPrefix prefix_or_placeholder() const;
  template <class Change>
  Result<AccountPtr, ChangeRefusal> change_published(AccountId user, const Change& change);
  std::optional<ClaimRefusal> identity_refusal(const ClaimRequest& request, const UserPrefix& prefix) const;
  std::optional<ClaimRefusal> limit_refusal(const ClaimRequest& request, Time now) const;
  Result<std::optional<Invite>, ClaimRefusal> accepted_invite(const ClaimRequest& request, Time now);
  Result<Invite, ClaimRefusal> usable_invite(const std::string& text) const;
  Claimed grant(const ClaimRequest& request, const std::optional<Invite>& invite, const UserPrefix& prefix, Time now);

  std::unique_ptr<sqlite::Database> database_;  // the tables point to it
  std::unique_ptr<ClaimRules> rules_;           // the ledger points to it
  AccountTable accounts_;
  PublishedTable published_;
  InviteTable invites_;
  ClaimLedger ledger_;
  WrongInvites wrong_invites_;
  sqlite::Statement select_setting_, set_setting_;
};

}  // namespace sisu::relay
