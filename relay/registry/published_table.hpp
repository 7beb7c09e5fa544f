// The tables tlsa, acme_accounts and challenges: what users have published in DNS. Accounts are read with it by
// AccountTable; here it is changed. No policy; the caller holds the transaction.
#pragma once

#include "common/sqlite/database.hpp"
#include "relay/account/account.hpp"

#include <set>
#include <vector>

namespace sisu::relay {

/// Every function throws sqlite::Error; beyond the most that a user may have, too.
class PublishedTable {
 public:
  explicit PublishedTable(const sqlite::Database& database);

  /// In place of what was.
  void set_tlsa(AccountId user, const std::set<SpkiDigest>& digests) const;
  void set_acme_account(AccountId user, const std::optional<AcmeAccountUri>& uri) const;
  /// One that is there already gets the new time.
  void add_challenge(AccountId user, const ChallengeValue& value, Time created) const;
  void drop_challenge(AccountId user, const ChallengeValue& value) const;

  /// Those who have a challenge from before `begin`.
  std::vector<AccountId> users_with_challenges_before(Time begin) const;
  void drop_challenges_before(Time begin) const;

 private:
  sqlite::Statement delete_tlsa_, insert_tlsa_, delete_account_, insert_account_, upsert_challenge_, delete_challenge_,
      select_old_, delete_old_;
};

}  // namespace sisu::relay
