#include "relay/registry/account_table.hpp"

#include "common/sqlite/error.hpp"
#include "relay/registry/stored_values.hpp"

#include <iterator>
#include <sstream>

namespace sisu::relay {
namespace {

enum Column {
  id,
  name,
  public_key,
  interface_id,
  state,
  tier2,
  created,
  last_seen,
  invited_by,
  tlsa,
  acme_account,
  challenges
};

/// In the order of Column. What an account has several of stands in one text, separated by blanks.
std::string select_users(const char* rest) {
  return std::string(
             "SELECT id, name, public_key, interface_id, state, tier2, created, last_seen, invited_by, "
             "(SELECT group_concat(sha256, ' ') FROM tlsa WHERE user = users.id), "
             "(SELECT uri FROM acme_accounts WHERE user = users.id), "
             "(SELECT group_concat(value || ' ' || created, ' ') FROM challenges WHERE user = users.id) "
             "FROM users ") +
         rest;
}

[[noreturn]] void refuse_row(const sqlite::Database& database, const sqlite::Rows& row) {
  throw sqlite::Error(sqlite::ErrorKind::corrupt, database.path().string() + ": the row of user " +
                                                      std::to_string(row.integer(Column::id)) +
                                                      " holds no account; see registry check, or restore a backup");
}

/// Cut at the blanks; nothing out of NULL.
std::vector<std::string> words_of(const sqlite::Rows& row, Column column) {
  if (row.is_null(column)) return {};
  std::istringstream text(row.text(column));
  return {std::istream_iterator<std::string>(text), {}};
}

std::optional<Published> to_published(const sqlite::Rows& row) {
  Published published;
  for (const std::string& word : words_of(row, Column::tlsa)) {
    auto digest = SpkiDigest::parse(word);
    if (!digest) return std::nullopt;
    published.tlsa.insert(*std::move(digest));
  }
  if (!row.is_null(Column::acme_account)) {
    published.acme_account = AcmeAccountUri::parse(row.text(Column::acme_account));
    if (!published.acme_account) return std::nullopt;
  }
  const auto words = words_of(row, Column::challenges);
  for (std::size_t i = 0; i + 1 < words.size(); i += 2) {
    auto value = ChallengeValue::parse(words[i]);
    if (!value) return std::nullopt;
    published.challenges.emplace(*std::move(value), to_time(std::stoll(words[i + 1])));
  }
  return published;
}

AccountPtr to_account(const sqlite::Database& database, const sqlite::Rows& row, const UserPrefix& prefix) {
  auto account_name = AccountName::parse_stored(row.text(Column::name));
  auto key = UserKey::parse(row.text(Column::public_key));
  const auto interface = InterfaceId::parse(row.text(Column::interface_id));
  const auto account_state = parse_account_state(row.text(Column::state));
  auto published = to_published(row);
  if (!account_name || !key || !interface || !account_state || !published) refuse_row(database, row);
  const auto seen = row.optional_integer(Column::last_seen);
  const auto inviter = row.optional_integer(Column::invited_by);
  return std::make_shared<const Account>(
      Account{.id = AccountId{row.integer(Column::id)},
              .name = std::move(*account_name),
              .key = std::move(*key),
              .interface_id = *interface,
              .address = prefix.address(*interface),
              .state = *account_state,
              .tier2 = row.integer(Column::tier2) != 0 ? Tier2::on : Tier2::off,
              .created = to_time(row.integer(Column::created)),
              .last_seen = seen ? std::optional(to_time(*seen)) : std::nullopt,
              .invited_by = inviter ? std::optional(AccountId{*inviter}) : std::nullopt,
              .published = *std::move(published)});
}

AccountPtr first(const sqlite::Database& database, sqlite::Rows rows, const UserPrefix& prefix) {
  return rows.next() ? to_account(database, rows, prefix) : nullptr;
}

}  // namespace

AccountTable::AccountTable(const sqlite::Database& database)
    : database_(database),
      select_all_(database.prepare(select_users("ORDER BY name"))),
      select_by_name_(database.prepare(select_users("WHERE name = ?"))),
      select_by_fingerprint_(database.prepare(select_users("WHERE fingerprint = ?"))),
      select_by_id_(database.prepare(select_users("WHERE id = ?"))),
      select_retired_(database.prepare("SELECT kind, value FROM retired")),
      has_retired_(database.prepare("SELECT 1 FROM retired WHERE kind = ? AND value = ?")),
      has_interface_id_(database.prepare("SELECT 1 FROM users WHERE interface_id = ?")),
      insert_(database.prepare("INSERT INTO users(name, public_key, fingerprint, interface_id, state, tier2, created, "
                               "invited_by) VALUES (?, ?, ?, ?, 'active', ?, ?, ?)")),
      update_state_(database.prepare("UPDATE users SET state = ? WHERE id = ?")),
      update_tier2_(database.prepare("UPDATE users SET tier2 = ? WHERE id = ?")),
      update_last_seen_(database.prepare("UPDATE users SET last_seen = max(coalesce(last_seen, 0), ?) WHERE id = ?")),
      delete_(database.prepare("DELETE FROM users WHERE id = ?")),
      delete_retired_name_(database.prepare("DELETE FROM retired WHERE kind = 'name' AND value = ?")) {}

std::vector<AccountPtr> AccountTable::all(const UserPrefix& prefix) const {
  std::vector<AccountPtr> accounts;
  for (sqlite::Rows rows = select_all_.query(); rows.next();) accounts.push_back(to_account(database_, rows, prefix));
  return accounts;
}

AccountPtr AccountTable::find(const AccountName& account, const UserPrefix& prefix) const {
  return first(database_, select_by_name_.query({account.to_string()}), prefix);
}

AccountPtr AccountTable::find(const Fingerprint& fingerprint, const UserPrefix& prefix) const {
  return first(database_, select_by_fingerprint_.query({fingerprint.to_string()}), prefix);
}

AccountPtr AccountTable::find(AccountId account, const UserPrefix& prefix) const {
  return first(database_, select_by_id_.query({stored(account)}), prefix);
}

Retired AccountTable::retired() const {
  Retired retired;
  for (sqlite::Rows rows = select_retired_.query(); rows.next();) {
    const std::string kind = rows.text(0);
    if (kind == "name") retired.names.insert(rows.text(1));
    if (kind != "key") continue;
    if (const auto fingerprint = Fingerprint::parse(rows.text(1))) retired.keys.insert(*fingerprint);
  }
  return retired;
}

bool AccountTable::is_retired(const char* kind, const std::string& value) const {
  return has_retired_.query({kind, value}).next();
}

bool AccountTable::is_retired_name(const AccountName& account) const { return is_retired("name", account.to_string()); }

bool AccountTable::is_retired_key(const Fingerprint& fingerprint) const {
  return is_retired("key", fingerprint.to_string());
}

InterfaceId AccountTable::free_interface_id() const {
  for (;;) {
    const InterfaceId drawn = InterfaceId::random();
    const std::string text = drawn.to_string();
    if (!has_interface_id_.query({text}).next() && !is_retired("interface", text)) return drawn;
  }
}

AccountId AccountTable::add(const NewAccount& account) const {
  insert_.execute({account.name.to_string(), account.key.to_openssh(), account.key.fingerprint().to_string(),
                   free_interface_id().to_string(), std::int64_t{account.tier2 == Tier2::on}, stored(account.created),
                   stored(account.invited_by)});
  return AccountId{database_.last_insert_id()};
}

void AccountTable::set_state(AccountId account, AccountState to) const {
  update_state_.execute({to_string(to), stored(account)});
}

void AccountTable::set_tier2(AccountId account, Tier2 to) const {
  update_tier2_.execute({std::int64_t{to == Tier2::on}, stored(account)});
}

void AccountTable::set_last_seen(AccountId account, Time seen) const {
  update_last_seen_.execute({stored(seen), stored(account)});
}

void AccountTable::purge(AccountId account) const { delete_.execute({stored(account)}); }

void AccountTable::release_name(const AccountName& account) const {
  delete_retired_name_.execute({account.to_string()});
}

}  // namespace sisu::relay
