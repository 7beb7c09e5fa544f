#include "relay/naming/record.hpp"

#include <gtest/gtest.h>

namespace sisu::relay::naming {
namespace {

const RecordName owner = RecordName::parse("niklas.example.org.").value();
const std::string digest(64, 'a');

struct Accepted {
  RecordType type;
  std::string text;
  std::string canonical;
};

struct Refused {
  RecordType type;
  std::string text;
  ValueError error = ValueError::syntax;
};

std::string strings(std::size_t count, std::size_t length) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += (i ? " \"" : "\"") + std::string(length, 'x') + '"';
  return text;
}

TEST(Record, values_are_brought_to_one_form) {
  const Accepted accepted[] = {
      {RecordType::a, "192.0.2.1", "192.0.2.1"},
      {RecordType::a, " 192.0.2.1\t", "192.0.2.1"},
      {RecordType::aaaa, "2001:DB8:0:0:0:0:0:1", "2001:db8::1"},
      {RecordType::aaaa, "::", "::"},
      {RecordType::mx, "10 a.example.org.", "10 a.example.org."},
      {RecordType::mx, "0010   A.Example.ORG.", "10 a.example.org."},
      {RecordType::mx, "0 .", "0 ."},
      {RecordType::txt, "\"v=spf1 -all\"", "\"v=spf1 -all\""},
      {RecordType::txt, "abc", "\"abc\""},
      {RecordType::txt, "abc \"\" d", "\"abc\" \"\" \"d\""},
      {RecordType::txt, "\"a\\\"b\\\\c\\;d\"", "\"a\\\"b\\\\c;d\""},
      {RecordType::txt, "\"\\065\\000\xFF\t\"", "\"A\\000\\255\\009\""},
      {RecordType::txt, "a\\ b", "\"a b\""},
      {RecordType::txt, strings(1, 255), strings(1, 255)},
      {RecordType::txt, strings(3, 255), strings(3, 255)},
      {RecordType::caa, "0 issue \"ca.example\"", "0 issue \"ca.example\""},
      {RecordType::caa, "128 ISSUE ca.example", "128 issue \"ca.example\""},
      {RecordType::caa, "0 issuewild \";\"", "0 issuewild \";\""},
      {RecordType::caa, "0 issue " + strings(1, 900), "0 issue " + strings(1, 900)},
      {RecordType::tlsa, "3 1 1 " + digest, "3 1 1 " + digest},
      {RecordType::tlsa, "03 1 1 " + std::string(32, 'A') + ' ' + std::string(32, 'a'), "3 1 1 " + digest},
      {RecordType::tlsa, "2 0 2 " + digest + digest, "2 0 2 " + digest + digest},
      {RecordType::tlsa, "3 1 0 ABCD", "3 1 0 abcd"},
  };
  for (const auto& [type, text, canonical] : accepted) {
    const auto record = Record::parse(owner, type, text, Ttl{300});
    ASSERT_TRUE(record) << to_string(type) << ' ' << text;
    EXPECT_EQ(record->value, canonical);
    EXPECT_EQ(Record::parse(owner, type, record->value, Ttl{300}), record) << "again: " << canonical;
  }
}

TEST(Record, what_is_not_of_its_type_is_refused) {
  const Refused refused[] = {
      {RecordType::a, ""},
      {RecordType::a, "2001:db8::1"},
      {RecordType::a, "192.0.2"},
      {RecordType::a, "192.0.2.256"},
      {RecordType::a, "192.0.2.01"},
      {RecordType::a, "192.0.2.1 192.0.2.2"},
      {RecordType::aaaa, "192.0.2.1"},
      {RecordType::aaaa, "::ffff:192.0.2.1"},
      {RecordType::aaaa, "fe80::1%eth0"},
      {RecordType::aaaa, "2001:db8::1; comment"},
      {RecordType::mx, "a.example.org."},
      {RecordType::mx, "10"},
      {RecordType::mx, "65536 a.example.org."},
      {RecordType::mx, "-1 a.example.org."},
      {RecordType::mx, "10 a.example.org"},
      {RecordType::mx, "10 a.example.org. b"},
      {RecordType::txt, ""},
      {RecordType::txt, "  "},
      {RecordType::txt, "\"open"},
      {RecordType::txt, "open\""},
      {RecordType::txt, "\"a\"\"b\""},
      {RecordType::txt, "\"a\"b"},
      {RecordType::txt, "\"a\\\""},
      {RecordType::txt, "\"\\256\""},
      {RecordType::txt, "\"\\12\""},
      {RecordType::txt, "\"a\nb\""},
      {RecordType::txt, "a;b"},
      {RecordType::txt, "(a)"},
      {RecordType::txt, "\\# 2 0161"},
      {RecordType::txt, strings(1, 256)},
      {RecordType::txt, std::string("\"a\0b\"", 5)},
      {RecordType::caa, "0 issue"},
      {RecordType::caa, "256 issue \"ca.example\""},
      {RecordType::caa, "0 is-sue \"ca.example\""},
      {RecordType::caa, "0 \"\" \"ca.example\""},
      {RecordType::caa, "0 issue \"a\" \"b\""},
      {RecordType::caa, "0 issue a;b"},
      {RecordType::tlsa, "3 1 1"},
      {RecordType::tlsa, "3 1 1 " + digest.substr(1)},
      {RecordType::tlsa, "3 1 1 " + digest + "aa"},
      {RecordType::tlsa, "3 1 2 " + digest},
      {RecordType::tlsa, "3 1 0 abc"},
      {RecordType::tlsa, "256 1 1 " + digest},
      {RecordType::tlsa, "3 1 1 " + std::string(63, 'a') + "g"},
      {RecordType::tlsa, "3 1 1 \"\""},
      {RecordType::txt, strings(5, 255), ValueError::too_long},
      {RecordType::txt, std::string(1025, ' '), ValueError::too_long},
      {RecordType::txt, '"' + std::string(255, '\x01') + "\" \"" + std::string(30, 'x') + '"', ValueError::syntax},
      {RecordType::txt, '"' + std::string(255, '\xFF') + "\" \"" + std::string(30, 'x') + '"', ValueError::too_long},
  };
  for (const auto& [type, text, error] : refused) {
    const auto record = Record::parse(owner, type, text, Ttl{300});
    ASSERT_FALSE(record) << to_string(type) << ' ' << text;
    EXPECT_EQ(record.error(), error) << to_string(type) << ' ' << text;
    EXPECT_FALSE(describe(error).empty());
  }
}

TEST(Record, a_line_of_a_zone_file_has_name_ttl_type_and_value) {
  const auto record = Record::parse(owner, RecordType::mx, "10 Niklas.v6.example.org.", Ttl{3600}).value();
  EXPECT_EQ(record.to_string(), "niklas.example.org. 3600 MX 10 niklas.v6.example.org.");
}

TEST(Record, the_same_record_is_the_same_whatever_its_ttl) {
  const auto short_lived = Record::parse(owner, RecordType::a, "192.0.2.1", Ttl{300}).value();
  const auto long_lived = Record::parse(owner, RecordType::a, "192.0.2.1", Ttl{3600}).value();
  const auto other = Record::parse(owner, RecordType::a, "192.0.2.2", Ttl{300}).value();
  RecordSet set{short_lived};
  EXPECT_FALSE(set.insert(long_lived).second);
  EXPECT_TRUE(set.insert(other).second);
  EXPECT_NE(short_lived, long_lived);
}

TEST(Record, type_names_come_back) {
  for (const auto type :
       {RecordType::a, RecordType::aaaa, RecordType::mx, RecordType::txt, RecordType::caa, RecordType::tlsa})
    EXPECT_EQ(parse_record_type(to_string(type)), type);
  for (const char* unknown : {"", "aaaa", "CNAME", "NS", "A ", "TYPE1"}) EXPECT_FALSE(parse_record_type(unknown));
}

}  // namespace
}  // namespace sisu::relay::naming
