#include "relay/naming/templates/templates.hpp"

#include "relay/naming/templates/record_digest.hpp"

#include <gtest/gtest.h>

namespace sisu::relay::naming {
namespace {

const std::string hex_a(64, 'a');
const std::string hex_b(64, 'b');
const std::string challenge(43, 'c');
const std::string uri = "https://ca.example/acme/acct/1";

Account account(const std::string& name = "niklas") {
  return {
      .id = AccountId{1},
      .name = AccountName::parse(name).value(),
      .key = UserKey::parse("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").value(),
      .interface_id = InterfaceId::parse("abcdefabcdefabcd").value(),
      .address = IpAddress::parse("2001:db8::abcd").value(),
      .state = AccountState::active,
      .tier2 = Tier2::off,
      .created = {},
      .last_seen = {},
      .invited_by = {},
      .published = {}};
}

Templates templates(RecordSettings settings = {}, const char* zone = "example.org") {
  return Templates::make(mail::DomainName::parse(zone).value(), std::move(settings)).value();
}

std::set<std::string> lines(const RecordSet& records) {
  std::set<std::string> lines;
  for (const Record& record : records) lines.insert(record.to_string());
  return lines;
}
using Lines = std::set<std::string>;

const Lines of_a_new_user = {
    "niklas.example.org. 3600 MX 10 niklas.v6.example.org.",
    "niklas.example.org. 3600 TXT \"v=spf1 -all\"",
    "_dmarc.niklas.example.org. 3600 TXT \"v=DMARC1; p=reject\"",
    "t1.niklas.example.org. 3600 MX 10 niklas.v6.example.org.",
    "t1.niklas.example.org. 3600 TXT \"v=spf1 -all\"",
    "_dmarc.t1.niklas.example.org. 3600 TXT \"v=DMARC1; p=reject\"",
    "niklas.v6.example.org. 300 AAAA 2001:db8::abcd",
    "niklas.v6.example.org. 300 CAA 0 issue \"letsencrypt.org; validationmethods=dns-01\"",
    "niklas.v6.example.org. 300 CAA 0 issuewild \";\"",
    "niklas.v6.example.org. 3600 TXT \"v=spf1 -all\"",
};

/// What `now` has and the records of a new user have not.
Lines beyond(const RecordSet& now) {
  Lines more = lines(now);
  for (const std::string& line : of_a_new_user) EXPECT_EQ(more.erase(line), 1U) << line;
  return more;
}

TEST(Templates, a_new_user_has_mail_domain_strict_address_and_host) {
  EXPECT_EQ(lines(templates().user_records(account())), of_a_new_user);
}

TEST(Templates, a_suspended_user_keeps_them_and_a_removed_one_has_none) {
  Account niklas = account();
  niklas.state = AccountState::suspended;
  EXPECT_EQ(lines(templates().user_records(niklas)), of_a_new_user);
  niklas.state = AccountState::removed;
  EXPECT_TRUE(templates().user_records(niklas).empty());
}

TEST(Templates, the_spool_is_the_second_mx_only_with_tier_2_on_and_a_spool) {
  Account niklas = account();
  RecordSettings with_spool;
  with_spool.spool_addresses = {IpAddress::parse("192.0.2.25").value()};
  EXPECT_TRUE(beyond(templates(with_spool).user_records(niklas)).empty());
  niklas.tier2 = Tier2::on;
  EXPECT_TRUE(beyond(templates().user_records(niklas)).empty());
  EXPECT_EQ(beyond(templates(with_spool).user_records(niklas)),
            Lines{"niklas.example.org. 3600 MX 20 spool.example.org."});
}

TEST(Templates, published_keys_are_tlsa_3_1_1_of_port_25) {
  Account niklas = account();
  niklas.published.tlsa = {SpkiDigest::parse(hex_a).value(), SpkiDigest::parse(hex_b).value()};
  EXPECT_EQ(beyond(templates().user_records(niklas)),
            (Lines{"_25._tcp.niklas.v6.example.org. 300 TLSA 3 1 1 " + hex_a,
                   "_25._tcp.niklas.v6.example.org. 300 TLSA 3 1 1 " + hex_b}));
}

TEST(Templates, challenges_stand_for_a_minute_below_the_host) {
  Account niklas = account();
  niklas.published.challenges = {{ChallengeValue::parse(challenge).value(), Time()}};
  EXPECT_EQ(beyond(templates().user_records(niklas)),
            Lines{"_acme-challenge.niklas.v6.example.org. 60 TXT \"" + challenge + "\""});
}

TEST(Templates, a_bound_acme_account_stands_in_each_caa_record) {
  Account niklas = account();
  niklas.published.acme_account = AcmeAccountUri::parse(uri);
  RecordSettings two;
  two.issuers = {"letsencrypt.org", "ca.example"};
  const auto records = lines(templates(two).user_records(niklas));
  for (const std::string issuer : {"letsencrypt.org", "ca.example"}) {
    EXPECT_TRUE(records.contains("niklas.v6.example.org. 300 CAA 0 issue \"" + issuer + "; accounturi=" + uri +
                                 "; validationmethods=dns-01\""))
        << issuer;
  }
  EXPECT_EQ(records.size(), of_a_new_user.size() + 1);
}

TEST(Templates, further_ipv4_addresses_are_a_records_of_the_host) {
  const IpAddress addresses[] = {IpAddress::parse("192.0.2.1").value(), IpAddress::parse("192.0.2.2").value()};
  EXPECT_EQ(beyond(templates().user_records(account(), addresses)),
            (Lines{"niklas.v6.example.org. 300 A 192.0.2.1", "niklas.v6.example.org. 300 A 192.0.2.2"}));
}

TEST(Templates, what_the_operator_does_not_want_is_left_out) {
  RecordSettings bare;
  bare.strict_address = false;
  bare.issuers.clear();
  bare.spf_user = bare.spf_host = bare.dmarc_user = "";
  EXPECT_EQ(lines(templates(bare).user_records(account())),
            (Lines{"niklas.example.org. 3600 MX 10 niklas.v6.example.org.",
                   "niklas.v6.example.org. 300 AAAA 2001:db8::abcd"}));
  bare.spf_zone = bare.dmarc_zone = "";
  EXPECT_TRUE(templates(bare).zone_records().empty());
}

TEST(Templates, each_ttl_is_that_of_its_own_records) {
  RecordSettings settings;
  settings.ttl = {
      .address = Ttl(1), .tlsa = Ttl(2), .caa = Ttl(3), .challenge = Ttl(4), .mx = Ttl(5), .policy = Ttl(6)};
  Account niklas = account();
  niklas.published.tlsa = {SpkiDigest::parse(hex_a).value()};
  niklas.published.challenges = {{ChallengeValue::parse(challenge).value(), Time()}};
  for (const Record& record : templates(settings).user_records(niklas)) {
    unsigned expected = 0;
    switch (record.type) {
      case RecordType::a:
      case RecordType::aaaa:
        expected = 1;
        break;
      case RecordType::tlsa:
        expected = 2;
        break;
      case RecordType::caa:
        expected = 3;
        break;
      case RecordType::txt:
        expected = record.name.to_string().starts_with("_acme") ? 4 : 6;
        break;
      case RecordType::mx:
        expected = 5;
        break;
    }
    EXPECT_EQ(record.ttl.count(), expected) << record.to_string();
  }
}

TEST(Templates, the_zone_has_its_policies_and_with_a_spool_its_host) {
  const Lines policies = {"example.org. 3600 TXT \"v=spf1 -all\"",
                          "_dmarc.example.org. 3600 TXT \"v=DMARC1; p=reject; sp=reject\""};
  EXPECT_EQ(lines(templates().zone_records()), policies);
  RecordSettings settings;
  settings.spool_addresses = {IpAddress::parse("192.0.2.25").value(), IpAddress::parse("2001:db8::25").value()};
  settings.spool_acme_account = AcmeAccountUri::parse(uri);
  Lines all = policies;
  all.merge(
      Lines{"spool.example.org. 300 A 192.0.2.25", "spool.example.org. 300 AAAA 2001:db8::25",
            "spool.example.org. 300 CAA 0 issue \"letsencrypt.org; accounturi=" + uri + "; validationmethods=dns-01\"",
            "spool.example.org. 300 CAA 0 issuewild \";\"", "spool.example.org. 3600 TXT \"v=spf1 -all\""});
  EXPECT_EQ(lines(templates(settings).zone_records()), all);
}

TEST(Templates, the_largest_set_of_a_user_is_within_what_the_service_takes) {
  RecordSettings settings;
  settings.issuers.clear();
  for (std::size_t i = 0; i < RecordSettings::most_issuers; ++i)
    settings.issuers.push_back("ca" + std::to_string(i) + "." + std::string(63, 'x') + ".example");
  settings.spool_addresses = {IpAddress::parse("192.0.2.25").value()};
  Account niklas = account(std::string(63, 'n'));
  niklas.tier2 = Tier2::on;
  niklas.published.acme_account = AcmeAccountUri::parse("https://" + std::string(247, 'a'));
  for (std::size_t i = 0; i < Published::most_tlsa; ++i)
    niklas.published.tlsa.insert(SpkiDigest::parse(std::string(64, static_cast<char>('a' + i))).value());
  for (std::size_t i = 0; i < Published::most_challenges; ++i)
    niklas.published.challenges.emplace(ChallengeValue::parse(std::string(43, static_cast<char>('a' + i))).value(),
                                        Time());
  std::vector<IpAddress> ipv4;
  for (std::size_t i = 0; i < Templates::most_ipv4; ++i)
    ipv4.push_back(IpAddress::parse("192.0.2." + std::to_string(i)).value());
  const auto records = templates(settings).user_records(niklas, ipv4);
  EXPECT_EQ(records.size(), 2U + 1 + 2 + 2 + 1 + 1 + 16 + 4 + 8 + 9);
  EXPECT_LE(records.size(), 64U);
}

TEST(Templates, a_zone_is_as_long_as_its_users_names_allow) {
  std::string zone;
  for (int i = 0; i < 3; ++i) zone += std::string(54, 'z') + ".";
  zone += "abcde";  // 170 characters: _acme-challenge. + 63 + .v6. + 170 = 253
  ASSERT_EQ(zone.size(), 170U);
  const auto longest = Templates::make(mail::DomainName::parse(zone).value(), {});
  ASSERT_TRUE(longest);
  EXPECT_FALSE(longest->user_records(account(std::string(63, 'n'))).empty());
  const auto longer = Templates::make(mail::DomainName::parse(zone + "f").value(), {});
  ASSERT_FALSE(longer);
  EXPECT_NE(longer.error().find("too long"), std::string::npos) << longer.error();
}

TEST(Templates, users_hosts_may_stand_in_another_zone_than_v6) {
  const auto zone = mail::DomainName::parse("example.org").value();
  const auto hosts = Templates::check_tier1_zone(zone, "MX.example.org.");
  ASSERT_TRUE(hosts) << hosts.error();
  EXPECT_EQ(*hosts, "mx.example.org");
  const auto made = Templates::make(zone, *hosts, {}).value();
  EXPECT_EQ(made.host_of(account().name).to_string(), "niklas.mx.example.org.");
  Lines expected;
  for (std::string line : of_a_new_user) {
    for (auto at = line.find(".v6."); at != line.npos; at = line.find(".v6.")) line.replace(at, 4, ".mx.");
    expected.insert(line);
  }
  EXPECT_EQ(lines(made.user_records(account())), expected);
  EXPECT_EQ(Templates::check_tier1_zone(zone, "a.b.v6.example.org").value(), "a.b.v6.example.org");
}

TEST(Templates, a_zone_of_hosts_under_a_name_that_a_user_can_have_is_refused) {
  const auto zone = mail::DomainName::parse("example.org").value();
  for (const auto& [text, part] : {std::pair{"otto.example.org", "\"otto\" in"},
                                   {"v6.otto.example.org", "\"otto\" in"},
                                   {"spool.example.org", "of the spool"},
                                   {"v6.spool.example.org", "of the spool"},
                                   {"t1.example.org", "of a user"},
                                   {"example.org", "does not stand below"},
                                   {"v6.example.com", "does not stand below"},
                                   {"v6.evilexample.org", "does not stand below"},
                                   {"org", "does not stand below"},
                                   {"", "is not a domain"},
                                   {"v6..example.org", "is not a domain"},
                                   {"*.example.org", "is not a domain"}}) {
    const auto refused = Templates::check_tier1_zone(zone, text);
    ASSERT_FALSE(refused) << text;
    EXPECT_NE(refused.error().find(part), std::string::npos) << refused.error();
  }
}

TEST(RecordDigest, is_64_hexadecimal_digits_and_changes_with_value_and_ttl) {
  const auto records = templates().user_records(account());
  const std::string digest = digest_of(records);
  EXPECT_TRUE(SpkiDigest::parse(digest));
  EXPECT_EQ(digest_of(templates().user_records(account())), digest);
  RecordSettings slower;
  slower.ttl.mx = Ttl(3601);
  EXPECT_NE(digest_of(templates(slower).user_records(account())), digest);
  Account moved = account();
  moved.address = IpAddress::parse("2001:db8::abce").value();
  EXPECT_NE(digest_of(templates().user_records(moved)), digest);
  // sha256sum of nothing
  EXPECT_EQ(digest_of({}), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

}  // namespace
}  // namespace sisu::relay::naming
