// The tables users and retired: reading accounts, adding one, changing its state. No policy; the caller holds the
// transaction.
#pragma once

#include "common/sqlite/database.hpp"
#include "relay/account/account.hpp"

#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

namespace sisu::relay {

/// What purged accounts had and nobody gets.
struct Retired {
  std::unordered_set<std::string> names;
  std::unordered_set<Fingerprint> keys;
};

struct NewAccount {
  const AccountName& name;
  const UserKey& key;
  Tier2 tier2;
  Time created;
  std::optional<AccountId> invited_by;
};

/// Every function throws sqlite::Error; ErrorKind::corrupt for a row that holds no account.
class AccountTable {
 public:
  explicit AccountTable(const sqlite::Database& database);

  std::vector<AccountPtr> all(const UserPrefix& prefix) const;  ///< by name
  AccountPtr find(const AccountName& name, const UserPrefix& prefix) const;
  AccountPtr find(const Fingerprint& fingerprint, const UserPrefix& prefix) const;
  AccountPtr find(AccountId id, const UserPrefix& prefix) const;

  Retired retired() const;
  bool is_retired_name(const AccountName& name) const;
  bool is_retired_key(const Fingerprint& fingerprint) const;

  /// With an interface identifier that nobody has or had.
  AccountId add(const NewAccount& account) const;
  void set_state(AccountId id, AccountState state) const;
  void set_tier2(AccountId id, Tier2 tier2) const;
  /// Never moves it back.
  void set_last_seen(AccountId id, Time seen) const;
  /// Forgets a removed account; what it had is retired.
  void purge(AccountId id) const;
  /// A retired name may be claimed again.
  void release_name(const AccountName& name) const;

 private:
  InterfaceId free_interface_id() const;
  bool is_retired(const char* kind, const std::string& value) const;

  const sqlite::Database& database_;
  sqlite::Statement select_all_, select_by_name_, select_by_fingerprint_, select_by_id_, select_retired_, has_retired_,
      has_interface_id_, insert_, update_state_, update_tier2_, update_last_seen_, delete_, delete_retired_name_;
};

}  // namespace sisu::relay
