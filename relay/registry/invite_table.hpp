// The table invites. The caller holds the transaction.
#pragma once

#include "common/sqlite/database.hpp"
#include "relay/account/account.hpp"
#include "relay/registry/invite_key.hpp"

#include <optional>
#include <string>
#include <vector>

namespace sisu::relay {

enum class InviteState {
  open,
  used,
  revoked,    ///< by its owner or the operator, or void: its owner is not active any more
  other_key,  ///< made with an invite.key that is not here: nobody can use it
};
std::string_view to_string(InviteState state);

struct Invite {
  InviteId id;
  InviteState state = InviteState::open;
  unsigned grants = 0;  ///< how many invites its user will get: 3, 2, 1, 0
  Time created;
  std::optional<AccountId> inviter;    ///< nullopt: the operator
  std::optional<std::string> used_by;  ///< the name, while that account exists
  std::optional<std::string> code;     ///< while it is open
};

/// Every function throws sqlite::Error.
class InviteTable {
 public:
  /// What an operator's invite grants; each generation has one less.
  static constexpr unsigned first_grants = 3;

  InviteTable(const sqlite::Database& database, InviteKey key);

  InviteCode mint(std::optional<AccountId> inviter, unsigned grants, Time now) const;
  std::optional<Invite> find(const InviteCode& code) const;
  std::optional<Invite> find(const InviteId& id) const;
  std::vector<Invite> all() const;  ///< oldest first
  std::vector<Invite> of(AccountId inviter) const;
  void use(const InviteId& id, AccountId user, Time now) const;
  void revoke(const InviteId& id, Time now) const;
  const InviteKey& key() const { return key_; }

 private:
  Invite to_invite(const sqlite::Rows& row) const;
  std::vector<Invite> list(sqlite::Rows rows) const;

  InviteKey key_;
  sqlite::Statement insert_, select_by_hash_, select_by_id_, select_all_, select_by_inviter_, update_used_,
      update_revoked_;
};

}  // namespace sisu::relay
