#include "proto/event.hpp"

#include <gtest/gtest.h>

namespace sisu::proto {
namespace {

using Kind = Event::Kind;

TEST(Event, json_lines_come_back) {
  for (const Event& event : {Event{Kind::replaced, "a newer session took over"}, Event{Kind::replaced, ""},
                             Event{Kind::notice, "quotes \" and\nlines and gr\u00fc\u00dfe"}}) {
    const std::string line = to_json_line(event);
    EXPECT_EQ(line.find('\n'), std::string::npos);
    EXPECT_EQ(parse_event(line).value(), event);
  }
}

TEST(Event, the_shape_is_that_of_the_contract) {
  EXPECT_EQ(to_json_line({Kind::replaced, ""}), R"({"event":"replaced"})");
  EXPECT_EQ(to_json_line({Kind::notice, "the relay stops"}), R"({"event":"notice","text":"the relay stops"})");
}

TEST(Event, text_for_people_stays_on_one_line) {
  EXPECT_EQ(to_text_line({Kind::notice, "one\ntwo\x1b[31m"}), "notice: one two [31m");
  EXPECT_EQ(to_text_line({Kind::replaced, ""}), "replaced");
}

TEST(Event, the_longest_text_stays_within_the_line_limit) {
  const std::string line = to_json_line({Kind::notice, std::string(100000, '\x01')});
  EXPECT_LE(line.size(), event_line_limit);
  EXPECT_TRUE(parse_event(line));
}

TEST(Event, text_that_is_not_utf8_is_replaced) {
  const auto event = parse_event(to_json_line({Kind::notice, "a\xFF"}));
  EXPECT_EQ(event.value().text, "a\uFFFD");
}

TEST(Event, later_kinds_and_members_are_no_error) {
  EXPECT_EQ(parse_event(R"({"event":"spool-arrived","id":"x","text":7})").value(), (Event{Kind::unknown, ""}));
  EXPECT_EQ(parse_event(R"({"seen":[1],"event":"replaced"})").value(), (Event{Kind::replaced, ""}));
}

TEST(Event, other_lines_are_refused) {
  EXPECT_EQ(parse_event("").error(), EventError::not_an_object);
  EXPECT_EQ(parse_event("replaced").error(), EventError::not_an_object);
  EXPECT_EQ(parse_event("[]").error(), EventError::not_an_object);
  EXPECT_EQ(parse_event(R"({"event":"replaced"} {})").error(), EventError::not_an_object);
  EXPECT_EQ(parse_event("{}").error(), EventError::no_kind);
  EXPECT_EQ(parse_event(R"({"event":1})").error(), EventError::no_kind);
  EXPECT_EQ(parse_event(std::string(event_line_limit + 1, ' ')).error(), EventError::too_long);
  EXPECT_EQ(parse_event(std::string(event_line_limit, '[')).error(), EventError::not_an_object);
}

}  // namespace
}  // namespace sisu::proto
