#include "common/log/logger.hpp"

#include "common/base/uuid.hpp"

#include <gtest/gtest.h>

namespace sisu::log {
namespace {

std::string line(Format format, Fields fields) { return format_line(format, "T", Level::info, "stored", {}, fields); }

TEST(Logger, logfmt_quotes_only_what_needs_it) {
  EXPECT_EQ(line(Format::text, {{"n", 3}, {"ok", true}, {"a", "plain"}, {"b", "two words"}, {"c", ""}}),
            R"(T level=info event="stored" n=3 ok=true a=plain b="two words" c="")");
}

TEST(Logger, a_peer_cannot_start_a_new_line_or_colour_a_terminal) {
  EXPECT_EQ(line(Format::text, {{"hello", "x\r\nlevel=error\x1b[31m\"\\"}}),
            R"(T level=info event="stored" hello="x\x0d\x0alevel=error\x1b[31m\"\\")");
}

TEST(Logger, json_keeps_numbers_bare_and_survives_bad_utf8) {
  EXPECT_EQ(line(Format::json, {{"n", 3}, {"ok", false}, {"t", "a\"b"}, {"bad", "\xff"}}),
            R"({"time":"T","level":"info","event":"stored","n":3,"ok":false,"t":"a\"b","bad":"\ufffd"})");
}

TEST(Logger, ids_are_written_as_urns) {
  const auto id = ConnectionId::random();
  EXPECT_EQ(line(Format::text, {{"connection", id}}), "T level=info event=\"stored\" connection=" + id.to_urn());
}

}  // namespace
}  // namespace sisu::log
