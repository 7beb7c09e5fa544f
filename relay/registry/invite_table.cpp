#include "relay/registry/invite_table.hpp"

#include "common/sqlite/error.hpp"
#include "relay/registry/stored_values.hpp"

namespace sisu::relay {
namespace {

enum Column { id, key_id, inviter, inviter_state, grants, created, used, used_by, revoked };

/// In the order of Column.
std::string select_invites(const char* rest) {
  return std::string(
             "SELECT invites.id, key_id, inviter, owners.state, grants, invites.created, used, guests.name, "
             "revoked FROM invites LEFT JOIN users AS owners ON owners.id = inviter "
             "LEFT JOIN users AS guests ON guests.id = used_by ") +
         rest;
}

InviteState state_of(const sqlite::Rows& row, const InviteKey& key) {
  if (!row.is_null(Column::used)) return InviteState::used;
  if (!row.is_null(Column::revoked)) return InviteState::revoked;
  const bool owner_is_active = row.is_null(Column::inviter) || row.text(Column::inviter_state) == "active";
  if (!owner_is_active) return InviteState::revoked;
  return row.text(Column::key_id) == key.id() ? InviteState::open : InviteState::other_key;
}

InviteId to_id(const std::string& text) {
  const auto uuid = Uuid::parse(text);
  if (!uuid) throw sqlite::Error(sqlite::ErrorKind::corrupt, "registry: the invite \"" + text + "\" has no UUID");
  return InviteId(*uuid);
}

}  // namespace

std::string_view to_string(InviteState state) {
  switch (state) {
    case InviteState::open:
      return "open";
    case InviteState::used:
      return "used";
    case InviteState::revoked:
      return "revoked";
    case InviteState::other_key:
      return "other-key";
  }
  return "";
}

InviteTable::InviteTable(const sqlite::Database& database, InviteKey key)
    : key_(std::move(key)),
      insert_(database.prepare(
          "INSERT INTO invites(id, key_id, code_hash, inviter, grants, created) VALUES (?, ?, ?, ?, ?, ?)")),
      select_by_hash_(database.prepare(select_invites("WHERE code_hash = ?"))),
      select_by_id_(database.prepare(select_invites("WHERE invites.id = ?"))),
      select_all_(database.prepare(select_invites("ORDER BY invites.created, invites.id"))),
      select_by_inviter_(database.prepare(select_invites("WHERE inviter = ? ORDER BY invites.created, invites.id"))),
      update_used_(database.prepare("UPDATE invites SET used = ?, used_by = ? WHERE id = ?")),
      update_revoked_(database.prepare("UPDATE invites SET revoked = ? WHERE id = ? AND used IS NULL")) {}

InviteCode InviteTable::mint(std::optional<AccountId> owner, unsigned granted, Time now) const {
  const InviteId invite = InviteId::random();
  InviteCode code = key_.code_of(invite);
  const InviteKey::Hash hash = key_.hash_of(code);
  insert_.execute({invite.to_string(), key_.id(), std::span<const std::uint8_t>(hash), stored(owner),
                   std::int64_t{granted}, stored(now)});
  return code;
}

Invite InviteTable::to_invite(const sqlite::Rows& row) const {
  Invite invite{.id = to_id(row.text(Column::id)),
                .state = state_of(row, key_),
                .grants = static_cast<unsigned>(row.integer(Column::grants)),
                .created = to_time(row.integer(Column::created)),
                .inviter = {},
                .used_by = {},
                .code = {}};
  if (const auto owner = row.optional_integer(Column::inviter)) invite.inviter = AccountId{*owner};
  if (!row.is_null(Column::used_by)) invite.used_by = row.text(Column::used_by);
  if (invite.state == InviteState::open) invite.code = key_.code_of(invite.id).to_text();
  return invite;
}

std::vector<Invite> InviteTable::list(sqlite::Rows rows) const {
  std::vector<Invite> invites;
  while (rows.next()) invites.push_back(to_invite(rows));
  return invites;
}

std::optional<Invite> InviteTable::find(const InviteCode& code) const {
  const InviteKey::Hash hash = key_.hash_of(code);
  sqlite::Rows rows = select_by_hash_.query({std::span<const std::uint8_t>(hash)});
  if (!rows.next()) return std::nullopt;
  return to_invite(rows);
}

std::optional<Invite> InviteTable::find(const InviteId& invite) const {
  sqlite::Rows rows = select_by_id_.query({invite.to_string()});
  if (!rows.next()) return std::nullopt;
  return to_invite(rows);
}

std::vector<Invite> InviteTable::all() const { return list(select_all_.query()); }

std::vector<Invite> InviteTable::of(AccountId owner) const { return list(select_by_inviter_.query({stored(owner)})); }

void InviteTable::use(const InviteId& invite, AccountId user, Time now) const {
  update_used_.execute({stored(now), stored(user), invite.to_string()});
}

void InviteTable::revoke(const InviteId& invite, Time now) const {
  update_revoked_.execute({stored(now), invite.to_string()});
}

}  // namespace sisu::relay
