#include "relay/registry/registry_check.hpp"

#include "common/sqlite/error.hpp"
#include "relay/account/account.hpp"
#include "relay/registry/schema.hpp"

#include <array>

namespace sisu::relay {
namespace {

using Findings = std::vector<std::string>;

/// A query that gives a row, with what is wrong as its text, for each violation.
struct Invariant {
  const char* says;
  const char* violations;
};

constexpr std::array invariants = {
    Invariant{"an account has what was retired",
              "SELECT name FROM users WHERE EXISTS(SELECT 1 FROM retired WHERE (kind, value) IN "
              "(VALUES ('name', name), ('key', fingerprint), ('interface', interface_id)))"},
    Invariant{"an account was invited by itself", "SELECT name FROM users WHERE invited_by = id"},
    Invariant{"an account was made before the one that invited it",
              "SELECT guest.name FROM users AS guest JOIN users AS host ON guest.invited_by = host.id "
              "WHERE guest.id < host.id"},
    Invariant{"an invite is used and revoked", "SELECT id FROM invites WHERE used IS NOT NULL AND revoked IS NOT NULL"},
    Invariant{"an account used more than one invite",
              "SELECT users.name FROM invites JOIN users ON users.id = used_by GROUP BY used_by HAVING count(*) > 1"},
    Invariant{"an account has more invites than any is granted",
              "SELECT users.name FROM invites JOIN users ON users.id = inviter GROUP BY inviter HAVING count(*) > 3"},
    Invariant{"an account has more than 4 TLSA digests",
              "SELECT name FROM users WHERE (SELECT count(*) FROM tlsa WHERE user = users.id) > 4"},
    Invariant{"an account has more than 8 challenges",
              "SELECT name FROM users WHERE (SELECT count(*) FROM challenges WHERE user = users.id) > 8"},
    Invariant{"a removed account publishes something",
              "SELECT name FROM users WHERE state = 'removed' AND id IN "
              "(SELECT user FROM tlsa UNION SELECT user FROM acme_accounts UNION SELECT user FROM challenges)"},
    Invariant{"there are accounts, but no address prefix",
              "SELECT 'settings' WHERE EXISTS(SELECT 1 FROM users) AND "
              "NOT EXISTS(SELECT 1 FROM settings WHERE key = 'ipv6_prefix')"},
};

void check_invariants(const sqlite::Database& database, Findings& findings) {
  for (const auto& [says, violations] : invariants) {
    const sqlite::Statement statement = database.prepare(violations);
    for (sqlite::Rows rows = statement.query(); rows.next();)
      findings.push_back(std::string(says) + ": " + rows.text(0));
  }
}

/// What SQL cannot see: that the texts are what our types take, and belong together.
void check_users(const sqlite::Database& database, Findings& findings) {
  const sqlite::Statement statement =
      database.prepare("SELECT name, public_key, fingerprint, interface_id FROM users ORDER BY name");
  for (sqlite::Rows rows = statement.query(); rows.next();) {
    const std::string name = rows.text(0);
    const auto key = UserKey::parse(rows.text(1));
    if (!AccountName::parse_stored(name)) findings.push_back("a name that breaks the rules for names: " + name);
    if (!key) findings.push_back("a public key that is none: of " + name);
    if (key && key->fingerprint().to_string() != rows.text(2))
      findings.push_back("a fingerprint that is not its key's: of " + name);
    if (!InterfaceId::parse(rows.text(3)))
      findings.push_back("an interface identifier that is not given out: of " + name);
  }
}

void check_published(const sqlite::Database& database, Findings& findings) {
  const sqlite::Statement statement =
      database.prepare("SELECT name, uri FROM acme_accounts JOIN users ON users.id = user ORDER BY name");
  for (sqlite::Rows rows = statement.query(); rows.next();)
    if (!AcmeAccountUri::parse(rows.text(1))) findings.push_back("an ACME account that is none: of " + rows.text(0));
}

void check_settings(const sqlite::Database& database, Findings& findings) {
  const sqlite::Statement statement = database.prepare("SELECT value FROM settings WHERE key = 'ipv6_prefix'");
  for (sqlite::Rows rows = statement.query(); rows.next();)
    if (!UserPrefix::parse(rows.text(0))) findings.push_back("an address prefix that is none: " + rows.text(0));
}

/// Ends with the scope; reading needs no commit.
class ReadTransaction {
 public:
  explicit ReadTransaction(const sqlite::Database& database) : database_(database) { database_.run("BEGIN"); }
  ~ReadTransaction() { database_.run("ROLLBACK"); }
  ReadTransaction(const ReadTransaction&) = delete;
  ReadTransaction& operator=(const ReadTransaction&) = delete;

 private:
  const sqlite::Database& database_;
};

}  // namespace

std::vector<std::string> check_registry(const sqlite::Database& database) {
  Findings findings = database.integrity_findings();
  try {
    const ReadTransaction one_state(database);
    check_invariants(database, findings);
    check_users(database, findings);
    check_published(database, findings);
    check_settings(database, findings);
  } catch (const sqlite::Error& error) {
    if (findings.empty()) throw;
    findings.emplace_back(error.what());  // damage that was found above is in the way
  }
  return findings;
}

}  // namespace sisu::relay
