// docs/dns-records.md lists what the templates make: neither more nor less, for the user and the zone of its example.
#include "relay/naming/templates/templates.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace sisu::relay::naming {
namespace {

using Lines = std::set<std::string>;

std::string page() {
  std::ifstream file(std::string(SISUMAIL_TESTS_DIR) + "/../docs/dns-records.md");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// What stands in the page's fenced blocks of this kind, one after the other.
std::string blocks(const std::string& kind) {
  std::istringstream lines(page());
  std::string found;
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("```")) {
      inside = line == "```" + kind;
    } else if (inside) {
      found += line + '\n';
    }
  }
  return found;
}

/// Columns are for the eye; an indented line goes on with the one before.
Lines records(const std::string& kind) {
  std::istringstream lines(blocks(kind));
  std::vector<std::string> joined;
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(' ')) joined.emplace_back();
    std::istringstream words(line);
    for (std::string word; words >> word;) joined.back() += (joined.back().empty() ? "" : " ") + word;
  }
  return {joined.begin(), joined.end()};
}

Lines made(const RecordSet& set) {
  Lines lines;
  for (const Record& record : set) lines.insert(record.to_string());
  return lines;
}

Templates example() {
  RecordSettings settings;
  settings.spool_addresses = {IpAddress::parse("192.0.2.25").value(), IpAddress::parse("2001:db8:1::25").value()};
  settings.spool_acme_account = AcmeAccountUri::parse("https://acme-v02.api.letsencrypt.org/acme/acct/2");
  return Templates::make(mail::DomainName::parse("example.org").value(), settings).value();
}

Account niklas() {
  Published published;
  published.tlsa = {SpkiDigest::parse(std::string(64, 'a')).value(), SpkiDigest::parse(std::string(64, 'b')).value()};
  published.acme_account = AcmeAccountUri::parse("https://acme-v02.api.letsencrypt.org/acme/acct/1");
  published.challenges = {{ChallengeValue::parse(std::string(43, 'c')).value(), {}}};
  return {
      .id = AccountId{1},
      .name = AccountName::parse("niklas").value(),
      .key = UserKey::parse("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").value(),
      .interface_id = InterfaceId::parse("abcdefabcdefabcd").value(),
      .address = IpAddress::parse("2001:db8:1:2:abcd:efab:cdef:abcd").value(),
      .state = AccountState::active,
      .tier2 = Tier2::on,
      .created = {},
      .last_seen = {},
      .invited_by = {},
      .published = published};
}

TEST(RecordsDocument, lists_the_records_of_a_user) {
  EXPECT_EQ(records("zone user"), made(example().user_records(niklas())));
}

TEST(RecordsDocument, lists_the_records_of_the_zone) {
  EXPECT_EQ(records("zone zone"), made(example().zone_records()));
}

TEST(RecordsDocument, shows_the_defaults) {
  const auto settings = parse_record_settings(blocks("toml"), "docs/dns-records.md");
  ASSERT_TRUE(settings) << settings.error();
  EXPECT_EQ(*settings, RecordSettings());
}

/// Of a table, or of the file: the parser lists them when it meets one that it does not know.
std::vector<std::string> keys_of(const std::string& table) {
  const auto settings = parse_record_settings((table.empty() ? "" : "[" + table + "]\n") + "unheard_of = 1\n", "file");
  const std::string error = settings ? "" : settings.error();
  const std::string before = "there are: ";
  std::istringstream names(error.substr(error.find(before) + before.size()));
  std::vector<std::string> keys;
  for (std::string name; names >> name;) keys.push_back(name.ends_with(',') ? name.substr(0, name.size() - 1) : name);
  return keys;
}

TEST(RecordsDocument, shows_every_key) {
  const std::string toml = blocks("toml");
  EXPECT_GE(keys_of("").size(), 6U);
  for (const auto& name : keys_of("")) {
    const auto table = toml.find("[" + name + "]");
    if (table == std::string::npos) {
      EXPECT_NE(toml.find(name + " = "), std::string::npos) << name;
      continue;
    }
    const std::string part = toml.substr(table, toml.find("\n[", table) - table);
    for (const auto& key : keys_of(name)) EXPECT_NE(part.find(key + " = "), std::string::npos) << name << "." << key;
  }
}

}  // namespace
}  // namespace sisu::relay::naming
