// Vectors: tests/vectors/naming_messages.txt.
#include "proto/naming_messages.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace sisu::proto::naming {
namespace {

struct Vector {
  bool is_request = false;
  std::string line;
  std::string error;  ///< empty: none
};

std::vector<Vector> read_vectors() {
  std::ifstream file(SISUMAIL_TESTS_DIR "/vectors/naming_messages.txt");
  std::vector<Vector> vectors;
  std::string text;
  while (std::getline(file, text)) {
    if (text != "request" && text != "answer") continue;
    Vector vector{.is_request = text == "request", .line = {}, .error = {}};
    std::getline(file, vector.line);
    std::getline(file, vector.error);
    vectors.push_back(vector);
  }
  return vectors;
}

std::string name_of(const LineError& error) {
  switch (error.kind) {
    case LineError::Kind::too_long:
      return "too_long";
    case LineError::Kind::not_an_object:
      return "not_an_object";
    case LineError::Kind::not_one_member:
      return "not_one_member";
    case LineError::Kind::unknown_kind:
      return "unknown_kind " + error.member;
    case LineError::Kind::bad_member:
      return "bad_member " + error.member;
  }
  return "";
}

template <class Parsed>
void expect_outcome(const Vector& vector, const Parsed& parsed) {
  if (vector.error.empty()) {
    ASSERT_TRUE(parsed) << vector.line << ": " << describe(parsed.error());
    EXPECT_EQ(to_line(*parsed), vector.line);
  } else {
    ASSERT_FALSE(parsed) << vector.line;
    EXPECT_EQ(name_of(parsed.error()), vector.error) << vector.line;
    EXPECT_FALSE(describe(parsed.error()).empty());
  }
}

TEST(NamingMessages, vectors) {
  const auto vectors = read_vectors();
  ASSERT_GE(vectors.size(), 50U);
  for (const auto& vector : vectors) {
    if (vector.is_request)
      expect_outcome(vector, parse_request(vector.line));
    else
      expect_outcome(vector, parse_answer(vector.line));
  }
}

TEST(NamingMessages, members_that_are_not_known_are_skipped) {
  EXPECT_EQ(parse_request(R"({"watch":{"since":[1,{"a":2}],"owner":"@spool"}})").value(), Request(Watch{"@spool"}));
  EXPECT_EQ(parse_answer(R"({"done":{"findings":1,"problem":"","took":3}})").value(), Answer(Done{1, ""}));
}

TEST(NamingMessages, kinds_of_findings_of_a_later_version_are_no_error) {
  const auto answer = parse_answer(R"({"finding":{"owner":"a","kind":"stale","where":"w","record":"r"}})");
  EXPECT_EQ(answer.value(), Answer(Finding{"a", Finding::Kind::unknown, "w", "r"}));
}

Set largest_set() {
  const Record longest{
      .name = std::string(name_limit, 'a'), .type = "TXT", .ttl = ttl_limit, .value = std::string(value_limit, '\\')};
  return {.owner = std::string(name_limit, 'a'),
          .digest = std::string(digest_limit, '0'),
          .records = std::vector<Record>(records_limit, longest)};
}

TEST(NamingMessages, the_largest_legal_set_fits_in_a_line) {
  const auto line = to_line(Request(largest_set()));
  EXPECT_LE(line.size(), line_limit);
  EXPECT_EQ(parse_request(line).value(), Request(largest_set()));
}

TEST(NamingMessages, one_more_than_a_limit_is_refused) {
  const auto refused = [](const Set& set) { return name_of(parse_request(to_line(Request(set))).error()); };
  auto set = largest_set();
  set.records[63].name += 'a';
  EXPECT_EQ(refused(set), "bad_member set.records[63].name");
  set = largest_set();
  set.records[0].value += 'a';
  EXPECT_EQ(refused(set), "bad_member set.records[0].value");
  set = largest_set();
  set.owner += 'a';
  EXPECT_EQ(refused(set), "bad_member set.owner");
}

TEST(NamingMessages, a_set_of_65_records_is_refused) {
  std::string records;
  for (int i = 0; i < 65; ++i)
    records += std::string(i ? "," : "") + R"({"name":"a.","type":"A","ttl":1,"value":"192.0.2.1"})";
  const auto line = R"({"set":{"owner":"a","digest":"1","records":[)" + records + "]}}";
  EXPECT_EQ(name_of(parse_request(line).error()), "bad_member set.records");
}

TEST(NamingMessages, only_a_line_that_cannot_be_followed_is_fatal) {
  EXPECT_TRUE(parse_request(std::string(line_limit + 1, ' ')).error().is_fatal());
  EXPECT_EQ(name_of(parse_answer(std::string(line_limit + 1, ' ')).error()), "too_long");
  EXPECT_TRUE(parse_request(std::string(line_limit, '[')).error().is_fatal());
  EXPECT_TRUE(parse_request("\xFF").error().is_fatal());
  EXPECT_FALSE(parse_request(R"({"new":{}})").error().is_fatal());
  EXPECT_FALSE(parse_request(R"({"watch":{}})").error().is_fatal());
}

TEST(NamingMessages, a_long_or_broken_text_for_people_is_cut_and_repaired) {
  const auto line = to_line(Answer(Problem{std::string(100000, '\xFF')}));
  EXPECT_LE(line.size(), line_limit);
  EXPECT_EQ(line.find('\n'), line.npos);
  EXPECT_TRUE(parse_answer(line));
}

TEST(NamingMessages, the_name_of_an_unknown_kind_is_cut_and_printable) {
  const auto error = parse_request("{\"" + std::string(1000, 'x') + "\\u001b\":{}}").error();
  EXPECT_EQ(error.member, std::string(64, 'x'));
}

}  // namespace
}  // namespace sisu::proto::naming
