#include "common/smtp/reply.hpp"

#include "common/smtp/reply_parser.hpp"

#include <gtest/gtest.h>

#include <optional>

namespace sisu::smtp {

static bool operator==(const Reply& a, const Reply& b) {
  return a.code == b.code && a.enhanced == b.enhanced && a.text == b.text;
}
static void PrintTo(const Reply& reply, std::ostream* out) { *out << reply.to_smtp(); }

namespace {

TEST(Reply, is_written_with_code_status_and_text) {
  EXPECT_EQ((Reply{250, "2.0.0", "ok"}.to_smtp()), "250 2.0.0 ok\r\n");
  EXPECT_EQ((Reply{354, "", "go on"}.to_smtp()), "354 go on\r\n");
  EXPECT_EQ((Reply{250, "", ""}.to_smtp()), "250 \r\n");
  EXPECT_EQ((Reply{250, "2.1.0", "a\nb\nc"}.to_smtp()), "250-2.1.0 a\r\n250-2.1.0 b\r\n250 2.1.0 c\r\n");
}

TEST(Reply, text_from_elsewhere_cannot_make_a_second_reply) {
  EXPECT_EQ((Reply{550, "5.7.1", "no\r\n250 ok"}.to_smtp()), "550-5.7.1 no?\r\n550 5.7.1 250 ok\r\n");
  EXPECT_EQ((Reply{550, "5.7.1", std::string("a\0\x1b\x7f", 4)}.to_smtp()), "550 5.7.1 a???\r\n");
}

TEST(Reply, long_lines_are_cut_and_never_inside_a_character) {
  const auto ascii = Reply{550, "5.7.1", std::string(1000, 'x')}.to_smtp();
  EXPECT_EQ(ascii.size(), 512U);
  std::string text;
  for (int i = 0; i < 400; ++i) text += "ü";
  const auto utf8 = Reply{550, "5.7.1", text}.to_smtp();
  EXPECT_LE(utf8.size(), 512U);
  EXPECT_TRUE(utf8.ends_with("ü\r\n"));
}

using Parsed = Result<std::optional<Reply>, ReplyError>;

/// The first reply of `bytes`, fed in pieces of `chunk`.
Parsed parse(std::string_view bytes, std::size_t chunk, ReplyLimits limits = {}) {
  ReplyParser parser(limits);
  while (!bytes.empty()) {
    auto piece = bytes.substr(0, chunk);
    bytes.remove_prefix(piece.size());
    auto reply = parser.next(piece);
    if (!reply || *reply) return reply;
  }
  return std::optional<Reply>();
}

TEST(ReplyParser, replies_are_read_however_they_are_cut) {
  const std::vector<std::pair<std::string, Reply>> table = {
      {"220 mail.example ESMTP\r\n", {220, "", "mail.example ESMTP"}},
      {"250\r\n", {250, "", ""}},
      {"250-\r\n250 \r\n", {250, "", "\n"}},
      {"250 2.1.0 ok\r\n", {250, "2.1.0", "ok"}},
      {"250 2.0.0\r\n", {250, "2.0.0", ""}},
      {"250-one\r\n250-two\r\n250 three\r\n", {250, "", "one\ntwo\nthree"}},
      {"550-5.7.1 one\r\n550 5.7.1 two\r\n", {550, "5.7.1", "one\ntwo"}},
      {"250 5.1.0 of another class\r\n", {250, "", "5.1.0 of another class"}},
      {"250 2.10 no status\r\n", {250, "", "2.10 no status"}},
      {"250 2.1.0x no status\r\n", {250, "", "2.1.0x no status"}},
      {"250 2.1234.1 no status\r\n", {250, "", "2.1234.1 no status"}},
  };
  for (const auto& [bytes, reply] : table) {
    for (std::size_t chunk = 1; chunk <= bytes.size(); ++chunk) {
      const auto parsed = parse(bytes, chunk);
      ASSERT_TRUE(parsed && *parsed) << bytes;
      EXPECT_EQ(**parsed, reply) << bytes;
    }
  }
}

TEST(ReplyParser, what_is_no_reply_is_refused) {
  for (const std::string bytes :
       {"\r\n", "hello\r\n", "25\r\n", "25x ok\r\n", "150 ok\r\n", "650 ok\r\n", "250_ok\r\n", "250 ok\n",
        "250-a\r\n251 b\r\n", "HTTP/1.1 200 OK\r\n", "-250 ok\r\n", " 250 ok\r\n"}) {
    const auto parsed = parse(bytes, bytes.size());
    ASSERT_FALSE(parsed) << bytes;
    EXPECT_EQ(parsed.error(), ReplyError::malformed) << bytes;
  }
}

TEST(ReplyParser, long_lines_and_long_replies_are_refused) {
  const ReplyLimits limits{.line_octets = 20, .lines = 2};
  const auto error = [&](std::string_view bytes) {
    const auto parsed = parse(bytes, bytes.size(), limits);
    return parsed ? std::nullopt : std::optional(parsed.error());
  };
  EXPECT_EQ(error("250 12345678901234\r\n"), std::nullopt);
  EXPECT_EQ(error("250 123456789012345\r\n"), ReplyError::line_too_long);
  EXPECT_EQ(error("250 1234567890123456789"), ReplyError::line_too_long);
  EXPECT_EQ(error("250-a\r\n250 b\r\n"), std::nullopt);
  EXPECT_EQ(error("250-a\r\n250-b\r\n250 c\r\n"), ReplyError::too_many_lines);
}

TEST(ReplyParser, replies_that_come_together_are_told_apart) {
  ReplyParser parser;
  std::string_view input = "250 a\r\n550 b\r\n250";
  EXPECT_EQ(**parser.next(input), (Reply{250, "", "a"}));
  EXPECT_EQ(**parser.next(input), (Reply{550, "", "b"}));
  EXPECT_FALSE(*parser.next(input));
  EXPECT_TRUE(input.empty());
}

}  // namespace
}  // namespace sisu::smtp
