#include "relay/registry/registry_check.hpp"

#include "common/sqlite/backup.hpp"
#include "tests/unit/registry/registry_fixture.hpp"

#include <algorithm>

namespace sisu::relay {
namespace {

using test::name_of;
using test::request_of;
using test::start;

class RegistryCheckTest : public test::RegistryFixture {
 protected:
  /// The findings after `sql`, run on a copy without the guards that would stop it.
  std::vector<std::string> findings_after(const std::string& sql) const {
    const auto file = state() / "copy.db";
    std::filesystem::remove(file);
    sqlite::back_up(open().database.database(), file);
    const sqlite::Database copy = sqlite::Database::open(file);
    copy.run("PRAGMA ignore_check_constraints = ON; PRAGMA foreign_keys = OFF");
    copy.run("DROP TRIGGER users_keep_their_identity; DROP TRIGGER users_never_get_what_is_retired");
    copy.run(sql);
    copy.run("PRAGMA ignore_check_constraints = OFF");
    return check_registry(copy);
  }
  void SetUp() override {
    auto registry = open();
    for (unsigned i = 1; i <= 3; ++i)
      ASSERT_TRUE(registry.database.claim(
          request_of("user" + std::to_string(i), i, registry.database.mint_invites(1, start)->front()), start));
    ASSERT_TRUE(registry.database.set_state(name_of("user3"), AccountState::removed));
    ASSERT_TRUE(registry.database.purge(name_of("user3"), PurgedName::kept));
  }
};

bool mention(const std::vector<std::string>& findings, const std::string& part) {
  return std::ranges::any_of(findings, [&](const auto& finding) { return finding.find(part) != std::string::npos; });
}

TEST_F(RegistryCheckTest, a_sound_registry_has_no_findings) {
  EXPECT_EQ(check_registry(open().database.database()), std::vector<std::string>());
}

TEST_F(RegistryCheckTest, each_broken_invariant_is_found) {
  const std::pair<const char*, const char*> broken[] = {
      {"UPDATE users SET name = 'no dots.please' WHERE id = 1", "breaks the rules for names"},
      {"UPDATE users SET name = 'user3' WHERE id = 1", "what was retired"},
      {"UPDATE users SET public_key = 'ssh-rsa AAAA' WHERE id = 1", "a public key that is none: of user1"},
      {"UPDATE users SET fingerprint = 'SHA256:0123456789012345678901234567890123456789012' WHERE id = 2",
       "not its key's: of user2"},
      {"UPDATE users SET interface_id = '0000000000000001' WHERE id = 1", "not given out"},
      {"UPDATE users SET invited_by = 1 WHERE id = 1", "invited by itself"},
      {"UPDATE users SET invited_by = 2 WHERE id = 1", "made before"},
      {"UPDATE users SET invited_by = 777 WHERE id = 1", "not there"},
      {"UPDATE users SET state = 'asleep' WHERE id = 1", "CHECK"},
      {"UPDATE invites SET used_by = 1 WHERE used IS NOT NULL", "more than one invite"},
      {"UPDATE invites SET inviter = 1", "more invites than any"},
      {"DELETE FROM settings", "no address prefix"},
      {"UPDATE settings SET value = 'fe80::/64'", "address prefix that is none"},
  };
  for (const auto& [sql, finding] : broken) {
    const auto found = findings_after(sql);
    EXPECT_TRUE(mention(found, finding)) << sql << ": " << (found.empty() ? "nothing" : found.front());
  }
}

TEST_F(RegistryCheckTest, damaged_pages_are_found) {
  open().database.database().run("PRAGMA journal_mode = DELETE");
  std::string bytes = sisu::test::read_file(files().database);
  const auto at = bytes.find("user1ssh-ed25519");
  ASSERT_NE(at, std::string::npos);
  // The fingerprint in the table no longer is the one in the index.
  const auto print = bytes.find("SHA256:", at);
  bytes[print + 10] = bytes[print + 10] == 'x' ? 'y' : 'x';
  sisu::test::write_file(files().database, bytes);
  EXPECT_FALSE(check_registry(sqlite::Database::open(files().database)).empty());
}

}  // namespace
}  // namespace sisu::relay
