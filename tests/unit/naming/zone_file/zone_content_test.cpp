#include "relay/naming/providers/zone_file/zone_content.hpp"

#include "tests/unit/naming/reconciler/fakes.hpp"

#include <gtest/gtest.h>

namespace sisu::relay::naming {
namespace {

const RecordName zone = name("example.org.");

const std::string small = R"($ORIGIN example.org.
$TTL 300
@ 3600 IN SOA ns1 hostmaster ( 41 ; serial
        3600 600 1209600 60 )
@   NS  ns1
    NS  ns2.example.net.
ns1 A   192.0.2.53
www CNAME ns1
*.wild TXT "wild" ; a comment
u   60 TXT "foreign \" ; text"
)";

ZoneContent content(const std::string& text) { return ZoneContent::parse(text, zone).value(); }

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> found;
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = text.find('\n', begin);
    found.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return found;
}

TEST(ZoneContent, everything_that_stands_in_the_file_is_kept) {
  auto parsed = content(small);
  EXPECT_EQ(parsed.records(),
            records({"ns1.example.org. 300 A 192.0.2.53", "u.example.org. 60 TXT \"foreign \\\" ; text\""}));
  const auto text = parsed.next_text();
  EXPECT_EQ(lines(text).size(), 8U) << text;
  for (const char* line :
       {"example.org. 3600 IN SOA ns1.example.org. hostmaster.example.org. 42 3600 600 1209600 60",
        "example.org.\t300\tIN\tNS\tns1.example.org.", "example.org.\t300\tIN\tNS\tns2.example.net.",
        "ns1.example.org. 300 IN A 192.0.2.53", "www.example.org.\t300\tIN\tCNAME\tns1.example.org.",
        "*.wild.example.org.\t300\tIN\tTXT\t\"wild\"", "u.example.org. 60 IN TXT \"foreign \\\" ; text\""})
    EXPECT_NE(text.find(std::string("\n") + line + '\n'), text.npos) << line << "\nin\n" << text;
}

TEST(ZoneContent, what_was_written_is_read_back) {
  auto first = content(small);
  ASSERT_TRUE(first.apply(
      {.remove = {},
       .add = records({"u.v6.example.org. 300 AAAA 2001:db8::1", "u.example.org. 3600 MX 10 u.v6.example.org.",
                       "u.v6.example.org. 300 CAA 0 issue \"ca; accounturi=x\"",
                       "x.example.org. 300 TXT \"a\\000\\255\\\"\" \"\"",
                       "_25._tcp.u.v6.example.org. 300 TLSA 3 1 1 " + std::string(64, 'a')})}));
  auto second = content(first.next_text());
  EXPECT_EQ(second.records(), first.records());
  const auto later = second.next_text();
  EXPECT_NE(later.find(" 43 3600 "), later.npos) << "the serial grows";
}

TEST(ZoneContent, records_of_others_in_a_set_stay) {
  auto parsed = content(small);
  const auto spf = records({"u.example.org. 60 TXT \"v=spf1 -all\""});
  ASSERT_TRUE(parsed.apply({.remove = {}, .add = spf}));
  EXPECT_EQ(parsed.records().size(), 3U);
  ASSERT_TRUE(parsed.apply({.remove = spf, .add = {}}));
  EXPECT_EQ(parsed.records(), content(small).records());
}

TEST(ZoneContent, another_ttl_is_taken_for_a_set_of_ours) {
  auto parsed = content(small);
  ASSERT_TRUE(parsed.apply({.remove = {}, .add = records({"u.v6.example.org. 300 AAAA 2001:db8::1"})}));
  ASSERT_TRUE(parsed.apply({.remove = {}, .add = records({"u.v6.example.org. 60 AAAA 2001:db8::1"})}));
  EXPECT_EQ(parsed.records().find(record("u.v6.example.org. 60 AAAA 2001:db8::1"))->ttl, Ttl(60));
}

TEST(ZoneContent, adding_what_is_there_and_removing_what_is_not_is_no_error) {
  auto parsed = content(small);
  EXPECT_TRUE(parsed.apply({.remove = records({"none.example.org. 60 A 192.0.2.9"}),
                            .add = records({"ns1.example.org. 300 A 192.0.2.53"})}));
  EXPECT_EQ(parsed.records(), content(small).records());
}

TEST(ZoneContent, beside_an_alias_nothing_is_written) {
  auto parsed = content(small);
  const auto before = parsed.records();
  const auto refused = parsed.apply(
      {.remove = {}, .add = records({"a.example.org. 300 A 192.0.2.1", "www.example.org. 300 A 192.0.2.1"})});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ProviderError::Kind::invalid);
  EXPECT_EQ(parsed.records(), before) << "all or nothing";
}

TEST(ZoneContent, a_new_zone_has_soa_and_name_servers) {
  const RecordName servers[] = {name("ns1.example.net."), name("ns2.example.net.")};
  auto fresh = ZoneContent::fresh(zone, servers);
  const auto text = fresh.next_text();
  EXPECT_NE(text.find("SOA ns1.example.net. hostmaster.example.org. 1 3600 600 1209600 60\n"), text.npos) << text;
  EXPECT_TRUE(ZoneContent::parse(text, zone));
}

TEST(ZoneContent, a_serial_at_its_end_goes_on_with_zero) {
  auto parsed = content("example.org. 60 IN SOA a. b. 4294967295 1 1 1 1\nexample.org. 60 IN NS a.\n");
  EXPECT_NE(parsed.next_text().find("SOA a. b. 0 1 1 1 1\n"), std::string::npos);
}

TEST(ZoneContent, what_is_not_the_unsigned_file_of_this_zone_is_refused) {
  const std::string soa = "example.org. 60 IN SOA a. b. 1 1 1 1 1\n";
  const std::pair<std::string, std::string> refused[] = {
      {"", "it is empty"},
      {"example.org. 60 IN NS a.\n", "it has no SOA record"},
      {"example.com. 60 IN SOA a. b. 1 1 1 1 1\n", "its SOA record is not that of the zone example.org."},
      {soa + "u.example.org. 60 IN A 192.0.2.256\n", "line "},
      {soa + "this is no zone file\n", "line "},
      {soa + "$INCLUDE /etc/shadow\n", "line 2: $INCLUDE is not followed"},
      {soa + "example.org. 60 IN RRSIG NS 13 2 60 20300101000000 20200101000000 1 example.org. AAAA\n",
       "it is signed already"},
      {soa + "example.org. 60 IN NSEC a.example.org. NS SOA\n", "it is signed already"},
      {std::string("\x7f"
                   "ELF\0\1\2",
                   7),
       ""},
  };
  for (const auto& [text, why] : refused) {
    const auto parsed = ZoneContent::parse(text, zone);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().substr(0, why.size()), why) << text;
  }
}

}  // namespace
}  // namespace sisu::relay::naming
