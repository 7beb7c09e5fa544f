#include "relay/registry/published_table.hpp"

#include "relay/registry/stored_values.hpp"

namespace sisu::relay {

PublishedTable::PublishedTable(const sqlite::Database& database)
    : delete_tlsa_(database.prepare("DELETE FROM tlsa WHERE user = ?")),
      insert_tlsa_(database.prepare("INSERT INTO tlsa(user, sha256) VALUES (?, ?)")),
      delete_account_(database.prepare("DELETE FROM acme_accounts WHERE user = ?")),
      insert_account_(database.prepare("INSERT INTO acme_accounts(user, uri) VALUES (?, ?)")),
      upsert_challenge_(database.prepare("INSERT INTO challenges(user, value, created) VALUES (?1, ?2, ?3) "
                                         "ON CONFLICT(user, value) DO UPDATE SET created = ?3")),
      delete_challenge_(database.prepare("DELETE FROM challenges WHERE user = ? AND value = ?")),
      select_old_(database.prepare("SELECT DISTINCT user FROM challenges WHERE created < ?")),
      delete_old_(database.prepare("DELETE FROM challenges WHERE created < ?")) {}

void PublishedTable::set_tlsa(AccountId user, const std::set<SpkiDigest>& digests) const {
  delete_tlsa_.execute({stored(user)});
  for (const SpkiDigest& digest : digests) insert_tlsa_.execute({stored(user), digest.to_string()});
}

void PublishedTable::set_acme_account(AccountId user, const std::optional<AcmeAccountUri>& uri) const {
  delete_account_.execute({stored(user)});
  if (uri) insert_account_.execute({stored(user), uri->to_string()});
}

void PublishedTable::add_challenge(AccountId user, const ChallengeValue& value, Time created) const {
  upsert_challenge_.execute({stored(user), value.to_string(), stored(created)});
}

void PublishedTable::drop_challenge(AccountId user, const ChallengeValue& value) const {
  delete_challenge_.execute({stored(user), value.to_string()});
}

std::vector<AccountId> PublishedTable::users_with_challenges_before(Time begin) const {
  std::vector<AccountId> users;
  for (sqlite::Rows rows = select_old_.query({stored(begin)}); rows.next();)
    users.push_back(AccountId{rows.integer(0)});
  return users;
}

void PublishedTable::drop_challenges_before(Time begin) const { delete_old_.execute({stored(begin)}); }

}  // namespace sisu::relay
