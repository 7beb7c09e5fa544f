#include "relay/naming/record.hpp"

#include <gtest/gtest.h>

namespace sisu::relay::naming {
namespace {

RecordName name(std::string_view text) { return RecordName::parse(text).value(); }

std::string labels(std::size_t count, std::size_t length) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += std::string(length, 'a') + '.';
  return text;
}

TEST(RecordName, absolute_names_are_taken_and_folded) {
  const std::pair<std::string, std::string> accepted[] = {
      {"example.org.", "example.org."},
      {"EXAMPLE.Org.", "example.org."},
      {"org.", "org."},
      {"_25._tcp.niklas.v6.example.org.", "_25._tcp.niklas.v6.example.org."},
      {"_acme-challenge.a.", "_acme-challenge.a."},
      {"1.2-3.xn--p1ai.", "1.2-3.xn--p1ai."},
      {labels(1, 63), labels(1, 63)},
      {labels(3, 63) + labels(1, 61), labels(3, 63) + labels(1, 61)},  // 253 and the dot
  };
  for (const auto& [text, canonical] : accepted) {
    const auto parsed = RecordName::parse(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(parsed->to_string(), canonical);
  }
}

TEST(RecordName, what_breaks_a_rule_is_refused_with_that_rule) {
  const std::pair<std::string, NameError> refused[] = {
      {"", NameError::empty},
      {"example.org", NameError::not_absolute},
      {"a", NameError::not_absolute},
      {std::string(100000, 'a'), NameError::not_absolute},
      {labels(3, 63) + labels(1, 62), NameError::too_long},
      {labels(50000, 1), NameError::too_long},
      {labels(1, 64), NameError::label_too_long},
      {"a." + labels(1, 64), NameError::label_too_long},
      {".", NameError::empty_label},
      {"..", NameError::empty_label},
      {"a..org.", NameError::empty_label},
      {".a.", NameError::empty_label},
      {"a b.org.", NameError::bad_character},
      {"a\\.b.org.", NameError::bad_character},
      {"a\n.org.", NameError::bad_character},
      {"*.example.org.", NameError::bad_character},
      {"a_b.org.", NameError::bad_character},
      {"__a.org.", NameError::bad_character},
      {"_.org.", NameError::bad_character},
      {"a;b.", NameError::bad_character},
      {"\"a\".", NameError::bad_character},
      {"@.", NameError::bad_character},
      {std::string("a\0b.", 4), NameError::bad_character},
      {"b\xC3\xBC.org.", NameError::bad_character},
      {"-a.org.", NameError::hyphen_at_end},
      {"a-.org.", NameError::hyphen_at_end},
      {"_-a.org.", NameError::hyphen_at_end},
  };
  for (const auto& [text, error] : refused) {
    const auto parsed = RecordName::parse(text);
    ASSERT_FALSE(parsed) << text.substr(0, 80);
    EXPECT_EQ(parsed.error(), error) << text.substr(0, 80);
    EXPECT_FALSE(describe(error).empty());
  }
}

TEST(RecordName, within_a_zone_means_whole_labels) {
  const auto zone = name("example.org.");
  for (const char* inside : {"example.org.", "a.example.org.", "_25._tcp.a.v6.example.org.", "A.EXAMPLE.ORG."})
    EXPECT_TRUE(name(inside).is_within(zone)) << inside;
  for (const char* outside : {"org.", "evilexample.org.", "a.evilexample.org.", "example.org.evil.", "xample.org."})
    EXPECT_FALSE(name(outside).is_within(zone)) << outside;
}

}  // namespace
}  // namespace sisu::relay::naming
