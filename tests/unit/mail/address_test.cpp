#include "common/mail/address.hpp"

#include <gtest/gtest.h>

#include <ostream>

namespace sisu::mail {

void PrintTo(const AddressError& error, std::ostream* out) { *out << describe(error); }

namespace {

std::string repeat(std::string_view text, std::size_t times) {
  std::string all;
  while (times-- > 0) all += text;
  return all;
}

/// Four labels of 62 and a rest: exactly `octets` long.
std::string domain_of(std::size_t octets) {
  std::string domain = repeat(std::string(62, 'd') + ".", 8).substr(0, octets);
  domain.back() = 'd';
  return domain;
}

struct Accepted {
  std::string text;
  std::string local_part;
  std::string domain;
  std::string smtp;
  Utf8 utf8 = Utf8::refused;
};

TEST(MailAddress, well_formed_addresses_are_accepted) {
  const std::vector<Accepted> table = {
      {"a@b", "a", "b", "a@b"},
      {"Hello.World+tag@Example.ORG", "Hello.World+tag", "example.org", "Hello.World+tag@example.org"},
      {"!#$%&'*+-/=?^_`{|}~@b.example", "!#$%&'*+-/=?^_`{|}~", "b.example", "!#$%&'*+-/=?^_`{|}~@b.example"},
      {"a@xn--bcher-kva.example", "a", "xn--bcher-kva.example", "a@xn--bcher-kva.example"},
      {"a@1.2", "a", "1.2", "a@1.2"},
      {R"("ab"@x)", "ab", "x", "ab@x"},
      {R"("a b"@x)", "a b", "x", R"("a b"@x)"},
      {R"("a\b"@x)", "ab", "x", "ab@x"},
      {R"("a@b"@x)", "a@b", "x", R"("a@b"@x)"},
      {R"("\"\\"@x)", R"("\)", "x", R"("\"\\"@x)"},
      {R"(""@x)", "", "x", R"(""@x)"},
      {R"("a..b"@x)", "a..b", "x", R"("a..b"@x)"},
      {R"(">"@x)", ">", "x", R"(">"@x)"},
      {"a@[192.0.2.1]", "a", "[192.0.2.1]", "a@[192.0.2.1]"},
      {"a@[IPv6:2001:DB8::1]", "a", "[ipv6:2001:db8::1]", "a@[ipv6:2001:db8::1]"},
      {"a@[IPv6:::ffff:192.0.2.1]", "a", "[ipv6:::ffff:192.0.2.1]", "a@[ipv6:::ffff:192.0.2.1]"},
      {"grün@bücher.example", "grün", "bücher.example", "grün@bücher.example", Utf8::allowed},
      {"\"grün \"@x", "grün ", "x", "\"grün \"@x", Utf8::allowed},
      {"\xF0\x9F\x93\xAC@x", "\xF0\x9F\x93\xAC", "x", "\xF0\x9F\x93\xAC@x", Utf8::allowed},
      {std::string(64, 'l') + "@x", std::string(64, 'l'), "x", std::string(64, 'l') + "@x"},
      {"a@" + std::string(63, 'd'), "a", std::string(63, 'd'), "a@" + std::string(63, 'd')},
      {"a@" + domain_of(252), "a", domain_of(252), "a@" + domain_of(252)},
  };
  for (const auto& row : table) {
    const auto address = MailAddress::parse(row.text, row.utf8);
    ASSERT_TRUE(address) << row.text << " " << describe(address.error());
    EXPECT_EQ(address->local_part(), row.local_part) << row.text;
    EXPECT_EQ(address->domain(), row.domain) << row.text;
    EXPECT_EQ(address->to_smtp(), row.smtp) << row.text;
    EXPECT_EQ(MailAddress::parse(address->to_smtp(), row.utf8), address) << row.text;
  }
}

struct Refused {
  std::string text;
  AddressError error = AddressError::syntax;
  Utf8 utf8 = Utf8::refused;
};

TEST(MailAddress, malformed_addresses_are_refused_with_the_reason) {
  const std::vector<Refused> table = {
      {"", AddressError::empty},
      {"a"},
      {"@b"},
      {"a@"},
      {"a@@b"},
      {"a@b@c"},
      {".a@b"},
      {"a.@b"},
      {"a..b@c"},
      {"a b@c"},
      {"a@b c"},
      {"<a@b>"},
      {"a,b@c"},
      {"a@b."},
      {"a@.b"},
      {"a@b..c"},
      {"a@-b"},
      {"a@b-"},
      {"a@b_c"},
      {"a@b\r\n"},
      {"a\r\nRCPT TO:<x@y>@b"},
      {std::string("a\0@b", 4)},
      {std::string("a@b\0", 4)},
      {"\"a@b"},
      {"\"a\"b@c"},
      {"\"a\\\"@b"},
      {"\"a\\"},
      {"\"a\rb\"@c"},
      {"\"a\\\rb\"@c"},
      {"\"a\tb\"@c"},
      {"a@[192.0.2.256]"},
      {"a@[192.0.2]"},
      {"a@[192.0.2.1"},
      {"a@[]"},
      {"a@["},
      {"a@[2001:db8::1]"},
      {"a@[IPv6:192.0.2.1]"},
      {"a@[IPv6:2001:db8::g]"},
      {"a@[IPv6:fe80::1%eth0]"},
      {"a@[x400:anything]"},
      {"a@[192.0.2.1]b"},
      {std::string(65, 'l') + "@x", AddressError::local_part_too_long},
      {"\"" + std::string(63, 'l') + "\"@x", AddressError::local_part_too_long},
      {"a@" + std::string(64, 'd'), AddressError::domain_too_long},
      {"a@" + domain_of(253), AddressError::path_too_long},
      {"grün@x", AddressError::not_ascii},
      {"a@bücher.example", AddressError::not_ascii},
      {"\"grün\"@x", AddressError::not_ascii},
      {"\xC3@x", AddressError::invalid_utf8, Utf8::allowed},
      {"\xC0\xAF@x", AddressError::invalid_utf8, Utf8::allowed},
      {"\xE0\x80\xAF@x", AddressError::invalid_utf8, Utf8::allowed},
      {"\xED\xA0\x80@x", AddressError::invalid_utf8, Utf8::allowed},
      {"\xF4\x90\x80\x80@x", AddressError::invalid_utf8, Utf8::allowed},
      {"\x80@x", AddressError::invalid_utf8, Utf8::allowed},
      {"a@\xFF", AddressError::invalid_utf8, Utf8::allowed},
  };
  for (const auto& row : table) {
    const auto address = MailAddress::parse(row.text, row.utf8);
    ASSERT_FALSE(address) << row.text;
    EXPECT_EQ(address.error(), row.error) << row.text;
  }
}

TEST(MailAddress, a_log_sees_no_local_part) {
  EXPECT_EQ(MailAddress::parse("secret@example.org")->to_log(), "*@example.org");
}

TEST(MailAddress, equal_mailboxes_compare_equal_however_they_were_written) {
  EXPECT_EQ(MailAddress::parse(R"("a"@Example.org)"), MailAddress::parse("a@example.ORG"));
  EXPECT_NE(MailAddress::parse("A@example.org"), MailAddress::parse("a@example.org"));  // RFC 5321 2.4
}

TEST(Recipient, postmaster_needs_no_domain) {
  EXPECT_TRUE(Recipient::postmaster().is_bare_postmaster());
  EXPECT_EQ(Recipient::postmaster().to_smtp(), "postmaster");
  EXPECT_FALSE(Recipient(*MailAddress::parse("postmaster@x")).is_bare_postmaster());
}

TEST(DomainName, names_are_folded_and_malformed_ones_refused) {
  EXPECT_EQ(DomainName::parse("MX1.Example.Org")->to_string(), "mx1.example.org");
  EXPECT_EQ(DomainName::parse(domain_of(255))->to_string(), domain_of(255));
  const std::vector<Refused> table = {
      {"", AddressError::empty},
      {"."},
      {"a."},
      {".a"},
      {"a..b"},
      {"-a"},
      {"a-"},
      {"a b"},
      {"a_b"},
      {"a/b"},
      {"[1.2.3.4]"},
      {"a@b"},
      {std::string(64, 'a'), AddressError::domain_too_long},
      {domain_of(256), AddressError::domain_too_long},
      {"ü", AddressError::not_ascii},
  };
  for (const auto& row : table) {
    const auto name = DomainName::parse(row.text, row.utf8);
    ASSERT_FALSE(name) << row.text;
    EXPECT_EQ(name.error(), row.error) << row.text;
  }
}

TEST(Username, one_label_of_letters_digits_and_hyphens) {
  for (const std::string text : {"a", "niklas", "a-b", "0", "NiKlas"}) EXPECT_TRUE(Username::parse(text)) << text;
  EXPECT_TRUE(Username::parse(std::string(63, 'a')));
  EXPECT_EQ(Username::parse("NiKlas")->to_string(), "niklas");
  const std::vector<Refused> table = {
      {"", AddressError::empty},
      {"-a"},
      {"a-"},
      {"a.b"},
      {"a_b"},
      {"a b"},
      {"../a"},
      {"a/b"},
      {std::string("a\0", 2)},
      {"a\n"},
      {"a@b"},
      {"a;rm"},
      {"ü", AddressError::not_ascii},
      {std::string(64, 'a'), AddressError::local_part_too_long},
  };
  for (const auto& row : table) {
    const auto name = Username::parse(row.text);
    ASSERT_FALSE(name) << row.text;
    EXPECT_EQ(name.error(), row.error) << row.text;
  }
}

}  // namespace
}  // namespace sisu::mail
