#include "relay/registry/registry_database.hpp"

#include "common/base/expects.hpp"
#include "common/sqlite/transaction.hpp"

namespace sisu::relay {
namespace {

constexpr const char* prefix_setting = "ipv6_prefix";

}  // namespace

std::string_view describe(ChangeRefusal refusal) {
  switch (refusal) {
    case ChangeRefusal::no_such_account:
      return "there is no account of that name: see user list";
    case ChangeRefusal::already_so:
      return "the account is in that state already: there is nothing to do";
    case ChangeRefusal::removed:
      return "the account is removed, which is for good: it can only be purged";
    case ChangeRefusal::not_removed:
      return "only a removed account can be purged: remove it first";
    case ChangeRefusal::no_such_invite:
      return "there is no such invitation: see invite list";
    case ChangeRefusal::invite_is_spent:
      return "the invitation was used or revoked already: there is nothing to do";
    case ChangeRefusal::too_many_invites:
      return "that is not between 1 and 1000 invitations: ask for fewer at once";
    case ChangeRefusal::too_many_tlsa:
      return "that is more than 4 TLSA digests: publish the current key's and the next one's";
    case ChangeRefusal::too_many_challenges:
      return "8 challenges of yours run already: clean one up, or wait an hour";
  }
  return "";
}

RegistryDatabase::RegistryDatabase(sqlite::Database database, InviteKey key, ClaimRules rules)
    : database_(std::make_unique<sqlite::Database>(std::move(database))),
      rules_(std::make_unique<ClaimRules>(rules)),
      accounts_(*database_),
      published_(*database_),
      invites_(*database_, std::move(key)),
      ledger_(*database_, *rules_),
      wrong_invites_(rules_->wrong_invites_per_prefix, rules_->wrong_invite_window),
      select_setting_(database_->prepare("SELECT value FROM settings WHERE key = ?")),
      set_setting_(database_->prepare("INSERT INTO settings(key, value) VALUES (?1, ?2) "
                                      "ON CONFLICT(key) DO UPDATE SET value = ?2")) {}

std::optional<UserPrefix> RegistryDatabase::prefix() const {
  sqlite::Rows rows = select_setting_.query({prefix_setting});
  if (!rows.next()) return std::nullopt;
  return UserPrefix::parse(rows.text(0));
}

void RegistryDatabase::set_prefix(const UserPrefix& prefix) {
  if (this->prefix() != prefix) set_setting_.execute({prefix_setting, prefix.to_string()});
}

/// No account is made without a prefix, so the placeholder (RFC 3849's) is never seen in one's address.
UserPrefix RegistryDatabase::prefix_or_placeholder() const {
  return prefix().value_or(*UserPrefix::parse("2001:db8::/64"));
}

std::vector<AccountPtr> RegistryDatabase::accounts() { return accounts_.all(prefix_or_placeholder()); }

AccountPtr RegistryDatabase::find(const AccountName& name) { return accounts_.find(name, prefix_or_placeholder()); }

AccountPtr RegistryDatabase::find(const Fingerprint& fingerprint) {
  return accounts_.find(fingerprint, prefix_or_placeholder());
}

Result<AccountPtr, ChangeRefusal> RegistryDatabase::set_state(const AccountName& name, AccountState state) {
  sqlite::Transaction transaction(*database_);
  const AccountPtr account = find(name);
  if (!account) return fail(ChangeRefusal::no_such_account);
  if (account->state == state) return fail(ChangeRefusal::already_so);
  if (account->state == AccountState::removed) return fail(ChangeRefusal::removed);
  accounts_.set_state(account->id, state);
  AccountPtr changed = find(name);
  transaction.commit();
  return changed;
}

Result<AccountPtr, ChangeRefusal> RegistryDatabase::set_tier2(const AccountName& name, Tier2 tier2) {
  sqlite::Transaction transaction(*database_);
  const AccountPtr account = find(name);
  if (!account) return fail(ChangeRefusal::no_such_account);
  if (account->state == AccountState::removed) return fail(ChangeRefusal::removed);
  if (account->tier2 == tier2) return fail(ChangeRefusal::already_so);
  accounts_.set_tier2(account->id, tier2);
  AccountPtr changed = find(name);
  transaction.commit();
  return changed;
}

Result<AccountPtr, ChangeRefusal> RegistryDatabase::purge(const AccountName& name, PurgedName name_after) {
  sqlite::Transaction transaction(*database_);
  AccountPtr account = find(name);
  if (!account) return fail(ChangeRefusal::no_such_account);
  if (account->state != AccountState::removed) return fail(ChangeRefusal::not_removed);
  accounts_.purge(account->id);
  if (name_after == PurgedName::released) accounts_.release_name(name);
  transaction.commit();
  return account;
}

template <class Change>
Result<AccountPtr, ChangeRefusal> RegistryDatabase::change_published(AccountId user, const Change& change) {
  sqlite::Transaction transaction(*database_);
  const AccountPtr account = accounts_.find(user, prefix_or_placeholder());
  if (!account) return fail(ChangeRefusal::no_such_account);
  if (account->state == AccountState::removed) return fail(ChangeRefusal::removed);
  if (const Result<void, ChangeRefusal> done = change(account->published); !done) return fail(done.error());
  AccountPtr changed = accounts_.find(user, prefix_or_placeholder());
  transaction.commit();
  return changed;
}

Result<AccountPtr, ChangeRefusal> RegistryDatabase::set_tlsa(AccountId user, const std::set<SpkiDigest>& digests) {
  return change_published(user, [&](const Published&) -> Result<void, ChangeRefusal> {
    if (digests.size() > Published::most_tlsa) return fail(ChangeRefusal::too_many_tlsa);
    published_.set_tlsa(user, digests);
    return {};
  });
}

Result<AccountPtr, ChangeRefusal> RegistryDatabase::set_acme_account(AccountId user,
                                                                     const std::optional<AcmeAccountUri>& uri) {
  return change_published(user, [&](const Published&) -> Result<void, ChangeRefusal> {
    published_.set_acme_account(user, uri);
    return {};
  });
}

Result<AccountPtr, ChangeRefusal> RegistryDatabase::add_challenge(AccountId user, const ChallengeValue& value,
                                                                  Time now) {
  return change_published(user, [&](const Published& before) -> Result<void, ChangeRefusal> {
    const bool has_place = before.challenges.contains(value) || before.challenges.size() < Published::most_challenges;
    if (!has_place) return fail(ChangeRefusal::too_many_challenges);
    published_.add_challenge(user, value, now);
    return {};
  });
}

Result<AccountPtr, ChangeRefusal> RegistryDatabase::drop_challenge(AccountId user, const ChallengeValue& value) {
  return change_published(user, [&](const Published&) -> Result<void, ChangeRefusal> {
    published_.drop_challenge(user, value);
    return {};
  });
}

std::vector<AccountPtr> RegistryDatabase::sweep_challenges(Time begin) {
  const auto users = published_.users_with_challenges_before(begin);
  if (users.empty()) return {};
  sqlite::Transaction transaction(*database_);
  published_.drop_challenges_before(begin);
  std::vector<AccountPtr> changed;
  for (const AccountId user : users) {
    if (auto account = accounts_.find(user, prefix_or_placeholder())) changed.push_back(std::move(account));
  }
  transaction.commit();
  return changed;
}

void RegistryDatabase::set_last_seen(std::span<const std::pair<AccountId, Time>> times) {
  sqlite::Transaction transaction(*database_);
  for (const auto& [account, time] : times) accounts_.set_last_seen(account, time);
  transaction.commit();
}

Result<std::vector<std::string>, ChangeRefusal> RegistryDatabase::mint_invites(unsigned count, Time now) {
  if (count < 1 || count > mint_limit) return fail(ChangeRefusal::too_many_invites);
  std::vector<std::string> codes;
  sqlite::Transaction transaction(*database_);
  while (codes.size() < count) codes.push_back(invites_.mint(std::nullopt, InviteTable::first_grants, now).to_text());
  transaction.commit();
  return codes;
}

Result<void, ChangeRefusal> RegistryDatabase::revoke_invite(const InviteId& id, std::optional<AccountId> owner,
                                                            Time now) {
  sqlite::Transaction transaction(*database_);
  const auto invite = invites_.find(id);
  if (!invite || (owner && invite->inviter != owner)) return fail(ChangeRefusal::no_such_invite);
  if (invite->state == InviteState::used || invite->state == InviteState::revoked)
    return fail(ChangeRefusal::invite_is_spent);
  invites_.revoke(id, now);
  transaction.commit();
  return {};
}

}  // namespace sisu::relay
