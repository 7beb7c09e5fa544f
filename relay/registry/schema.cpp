#include "relay/registry/schema.hpp"

#include <array>

namespace sisu::relay {
namespace {

// Times are Unix seconds. Ids are never reused (AUTOINCREMENT), so that a purged account's id means nobody.
constexpr const char* version_1 = R"sql(
CREATE TABLE settings(
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE users(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE CHECK(length(name) BETWEEN 1 AND 63 AND name NOT GLOB '*[^a-z0-9-]*'),
  public_key TEXT NOT NULL UNIQUE CHECK(public_key GLOB 'ssh-ed25519 *'),
  fingerprint TEXT NOT NULL UNIQUE CHECK(length(fingerprint) = 50 AND fingerprint GLOB 'SHA256:*'),
  interface_id TEXT NOT NULL UNIQUE
    CHECK(length(interface_id) = 16 AND interface_id NOT GLOB '*[^0-9a-f]*' AND substr(interface_id, 1, 12) <> '000000000000'),
  state TEXT NOT NULL CHECK(state IN ('active', 'suspended', 'removed')),
  tier2 INTEGER NOT NULL CHECK(tier2 IN (0, 1)),
  created INTEGER NOT NULL,
  last_seen INTEGER,
  invited_by INTEGER REFERENCES users(id) ON DELETE SET NULL
) STRICT;
CREATE INDEX users_by_inviter ON users(invited_by);

-- What purged accounts had. A row of kind 'name' goes only when the operator releases the name.
CREATE TABLE retired(
  kind TEXT NOT NULL CHECK(kind IN ('name', 'key', 'interface')),
  value TEXT NOT NULL,
  PRIMARY KEY(kind, value)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER users_never_get_what_is_retired BEFORE INSERT ON users
WHEN EXISTS(SELECT 1 FROM retired WHERE (kind, value) IN
  (VALUES ('name', NEW.name), ('key', NEW.fingerprint), ('interface', NEW.interface_id)))
BEGIN SELECT RAISE(ABORT, 'the name, key or address belonged to a purged account'); END;

CREATE TRIGGER users_keep_their_identity BEFORE UPDATE OF id, name, public_key, fingerprint, interface_id ON users
BEGIN SELECT RAISE(ABORT, 'an account keeps its name, key and address'); END;

CREATE TRIGGER users_stay_removed BEFORE UPDATE OF state ON users WHEN OLD.state = 'removed' AND NEW.state <> 'removed'
BEGIN SELECT RAISE(ABORT, 'a removed account stays removed'); END;

CREATE TRIGGER users_are_removed_before_they_are_purged BEFORE DELETE ON users WHEN OLD.state <> 'removed'
BEGIN SELECT RAISE(ABORT, 'only a removed account can be purged'); END;

CREATE TRIGGER users_retire_what_they_had AFTER DELETE ON users
BEGIN INSERT OR IGNORE INTO retired VALUES
  ('name', OLD.name), ('key', OLD.fingerprint), ('interface', OLD.interface_id); END;

CREATE TABLE invites(
  id TEXT PRIMARY KEY CHECK(length(id) = 36),
  key_id TEXT NOT NULL,                                  -- which invite.key made the code
  code_hash BLOB NOT NULL UNIQUE CHECK(length(code_hash) = 32),
  inviter INTEGER REFERENCES users(id) ON DELETE CASCADE,  -- NULL: the operator
  grants INTEGER NOT NULL CHECK(grants BETWEEN 0 AND 3),
  created INTEGER NOT NULL,
  used INTEGER,
  used_by INTEGER REFERENCES users(id) ON DELETE SET NULL,
  revoked INTEGER,
  CHECK(used IS NULL OR revoked IS NULL),
  CHECK(used_by IS NULL OR used IS NOT NULL)
) STRICT, WITHOUT ROWID;
CREATE INDEX invites_by_inviter ON invites(inviter);
CREATE INDEX invites_by_user ON invites(used_by);

CREATE TRIGGER invites_are_used_once BEFORE UPDATE OF used ON invites WHEN OLD.used IS NOT NULL OR OLD.revoked IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'an invite is used once'); END;

-- Claims of the last hours, for the limits; source_prefix is forgotten with the row.
CREATE TABLE recent_claims(
  id INTEGER PRIMARY KEY,
  source_prefix TEXT NOT NULL,
  time INTEGER NOT NULL
) STRICT;
CREATE INDEX recent_claims_by_time ON recent_claims(time);
CREATE INDEX recent_claims_by_prefix ON recent_claims(source_prefix, time);
)sql";

// What users have published in DNS. It ends with the account: at its removal, not only when it is purged.
constexpr const char* version_2 = R"sql(
CREATE TABLE tlsa(
  user INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE,
  sha256 TEXT NOT NULL CHECK(length(sha256) = 64 AND sha256 NOT GLOB '*[^0-9a-f]*'),
  PRIMARY KEY(user, sha256)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER tlsa_has_at_most_4_of_a_user BEFORE INSERT ON tlsa
WHEN (SELECT count(*) FROM tlsa WHERE user = NEW.user) >= 4
BEGIN SELECT RAISE(ABORT, 'a user has at most 4 TLSA digests'); END;

CREATE TABLE acme_accounts(
  user INTEGER PRIMARY KEY REFERENCES users(id) ON DELETE CASCADE,
  uri TEXT NOT NULL CHECK(length(uri) <= 255 AND uri GLOB 'https://?*')
) STRICT;

CREATE TABLE challenges(
  user INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE,
  value TEXT NOT NULL CHECK(length(value) = 43 AND value NOT GLOB '*[^A-Za-z0-9_-]*'),
  created INTEGER NOT NULL,
  PRIMARY KEY(user, value)
) STRICT, WITHOUT ROWID;
CREATE INDEX challenges_by_time ON challenges(created);

CREATE TRIGGER challenges_are_at_most_8_of_a_user BEFORE INSERT ON challenges
WHEN (SELECT count(*) FROM challenges WHERE user = NEW.user AND value <> NEW.value) >= 8
BEGIN SELECT RAISE(ABORT, 'a user has at most 8 challenges'); END;

CREATE TRIGGER users_publish_nothing_once_removed AFTER UPDATE OF state ON users WHEN NEW.state = 'removed'
BEGIN
  DELETE FROM tlsa WHERE user = NEW.id;
  DELETE FROM acme_accounts WHERE user = NEW.id;
  DELETE FROM challenges WHERE user = NEW.id;
END;
)sql";

constexpr std::array steps = {version_1, version_2};
constexpr std::int32_t application_id = 0x53495355;  // "SISU"

}  // namespace

const sqlite::Schema& registry_schema() {
  static constexpr sqlite::Schema schema{"the registry", application_id, steps};
  return schema;
}

}  // namespace sisu::relay
