// All accounts in memory, for look-ups while somebody logs in: never a database query on an event loop. The registry's
// thread writes it after each commit; any thread reads it, under a lock held for one hash look-up.
#pragma once

#include "relay/account/account.hpp"
#include "relay/registry/account_table.hpp"

#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace sisu::relay {

/// What happened to one account. New: no `before`. Purged: no `after`.
struct AccountChange {
  AccountPtr before;
  AccountPtr after;

  /// Whether a session of this account has to end. Another account of the same name is none of its business.
  bool ends_sessions() const {
    return before && (!after || after->id != before->id || after->state != AccountState::active);
  }
};

class AccountDirectory {
 public:
  /// nullptr: none. Accounts of every state are found.
  AccountPtr find(const AccountName& name) const;
  AccountPtr find(const Fingerprint& fingerprint) const;
  bool is_retired(const AccountName& name) const;
  bool is_retired(const Fingerprint& fingerprint) const;
  std::vector<std::string> retired_names() const;  ///< in no order
  std::size_t size() const;
  std::vector<AccountPtr> all() const;  ///< in no order

  /// Adds an account, or puts it in the place of its former state. By the registry's thread only, as the next.
  AccountChange put(AccountPtr account);
  /// Puts everything in place of what was, in one step for readers. Gives what differs (last_seen aside).
  std::vector<AccountChange> replace(std::vector<AccountPtr> accounts, Retired retired);

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  using ByName = std::unordered_map<std::string, AccountPtr, Hash, std::equal_to<>>;
  using ByFingerprint = std::unordered_map<Fingerprint, AccountPtr>;

  mutable std::shared_mutex mutex_;
  ByName by_name_;
  ByFingerprint by_fingerprint_;
  Retired retired_;
};

}  // namespace sisu::relay
