#include "relay/account/account_name.hpp"

#include <gtest/gtest.h>

namespace sisu::relay {
namespace {

struct Refused {
  std::string text;
  NameError error;
};

TEST(AccountName, names_of_one_label_are_taken_and_folded) {
  const std::pair<std::string, std::string> accepted[] = {
      {"niklas", "niklas"},
      {"NIKLAS", "niklas"},
      {"a", "a"},
      {"a1", "a1"},
      {"1a", "1a"},
      {"a-b", "a-b"},
      {"a--b", "a--b"},
      {"abc--d", "abc--d"},
      {"0x10", "0x10"},
      {"ab-cd", "ab-cd"},
      {"t1a", "t1a"},
      {"v66", "v66"},
      {std::string(63, 'x'), std::string(63, 'x')},
  };
  for (const auto& [text, name] : accepted) {
    const auto parsed = AccountName::parse(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(parsed->to_string(), name);
  }
}

TEST(AccountName, what_breaks_a_rule_is_refused_with_that_rule) {
  const Refused refused[] = {
      {"", NameError::empty},
      {std::string(64, 'x'), NameError::too_long},
      {std::string(100000, '.'), NameError::too_long},
      {"-a", NameError::hyphen_at_end},
      {"a-", NameError::hyphen_at_end},
      {"-", NameError::hyphen_at_end},
      {"ab--cd", NameError::reserved_hyphens},
      {"12--34", NameError::reserved_hyphens},
      {"a_b", NameError::bad_character},
      {"a b", NameError::bad_character},
      {"a\nb", NameError::bad_character},
      {"a@b", NameError::bad_character},
      {"a/../b", NameError::has_dot},
      {"a/b", NameError::bad_character},
      {"a'b", NameError::bad_character},
      {std::string("a\0b", 3), NameError::bad_character},
      {"0", NameError::only_digits},
      {"192", NameError::only_digits},
  };
  for (const auto& [text, error] : refused) {
    const auto parsed = AccountName::parse(text);
    ASSERT_FALSE(parsed) << text.substr(0, 80);
    EXPECT_EQ(parsed.error(), error) << text.substr(0, 80);
  }
}

TEST(AccountName, attack_names_with_unicode_are_refused) {
  // Cyrillic a, Turkish dotless i, a combining mark, a zero-width joiner, full-width letters, cut UTF-8.
  for (const char* text : {"\xD0\xB0niklas", "n\xC4\xB1klas", "niklas\xCC\x81", "nik\xE2\x80\x8Dlas",
                           "\xEF\xBD\x8E\xEF\xBD\x89", "niklas\xC3", "\xFF"})
    EXPECT_EQ(AccountName::parse(text).error(), NameError::not_ascii) << text;
}

TEST(AccountName, attack_names_with_dots_are_refused) {
  for (const char* text : {"a.b", ".", "niklas.", ".niklas", "spool.v6", "niklas.v6"})
    EXPECT_EQ(AccountName::parse(text).error(), NameError::has_dot) << text;
}

TEST(AccountName, attack_upper_case_is_the_same_name) {
  EXPECT_EQ(AccountName::parse("NiKlAs"), AccountName::parse("niklas"));
  EXPECT_EQ(AccountName::parse("PostMaster").error(), NameError::reserved);
  EXPECT_EQ(AccountName::parse("MTA-STS").error(), NameError::reserved);
}

TEST(AccountName, attack_punycode_is_refused) {
  for (const char* text : {"xn--nikls-6qa", "XN--nikls-6qa", "Xn--a", "xn--"})
    EXPECT_NE(AccountName::parse(text).has_value(), true) << text;
  EXPECT_EQ(AccountName::parse("xn--nikls-6qa").error(), NameError::reserved_hyphens);
}

TEST(AccountName, a_stored_name_may_have_become_reserved) {
  EXPECT_EQ(AccountName::parse("spool").error(), NameError::reserved);
  EXPECT_TRUE(AccountName::parse_stored("spool"));
  EXPECT_FALSE(AccountName::parse_stored("xn--a"));
}

TEST(AccountName, every_error_is_one_line_that_says_what_to_do) {
  for (const auto error :
       {NameError::empty, NameError::too_long, NameError::not_ascii, NameError::has_dot, NameError::bad_character,
        NameError::hyphen_at_end, NameError::reserved_hyphens, NameError::only_digits, NameError::reserved}) {
    EXPECT_NE(describe(error).find(": "), std::string_view::npos);
    EXPECT_EQ(describe(error).find('\n'), std::string_view::npos);
  }
}

}  // namespace
}  // namespace sisu::relay
