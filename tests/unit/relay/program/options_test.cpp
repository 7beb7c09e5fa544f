#include "relay/options.hpp"

#include <gtest/gtest.h>

namespace sisu::relay {
namespace {

using Parsed = Result<std::variant<Options, Answer>, std::string>;

Parsed parse(std::vector<const char*> words) {
  words.insert(words.begin(), "sisumail-relay");
  return parse_options(static_cast<int>(words.size()), words.data());
}

Options options(std::vector<const char*> more) {
  std::vector<const char*> words = {"--ssh-listen", ":2222", "--tier1-listen", ":2525", "--dev-user", "niklas"};
  words.insert(words.end(), more.begin(), more.end());
  return std::get<Options>(parse(words).value());
}

TEST(Options, what_the_readme_starts) {
  const Options parsed = options({});
  EXPECT_EQ(parsed.ssh_listen, std::vector<std::string>{":2222"});
  EXPECT_EQ(parsed.tier1_listen, std::vector<std::string>{":2525"});
  EXPECT_EQ(parsed.dev_user, "niklas");
  EXPECT_TRUE(parsed.state.empty());
  EXPECT_GE(parsed.threads, 1U);
  EXPECT_EQ(parsed.log.level, log::Level::info);
}

TEST(Options, listeners_and_limits_may_be_repeated) {
  const Options parsed = options({"--ssh-listen", "127.0.0.2:22", "--limit", "idle=5s", "--limit=connections=7"});
  EXPECT_EQ(parsed.ssh_listen.size(), 2U);
  EXPECT_EQ(parsed.limits.idle, std::chrono::seconds(5));
  EXPECT_EQ(parsed.limits.connections, 7U);
}

TEST(Options, all_others) {
  const Options parsed = options({"--state", "/s", "--threads", "3", "--log-format", "json", "--log-level", "debug"});
  EXPECT_EQ(parsed.state, "/s");
  EXPECT_EQ(parsed.threads, 3U);
  EXPECT_EQ(parsed.log.format, log::Format::json);
  EXPECT_EQ(parsed.log.level, log::Level::debug);
}

TEST(Options, questions_are_answered_without_serving) {
  EXPECT_NE(std::get<Answer>(parse({"--help"}).value()).text.find("--tier1-listen"), std::string::npos);
  EXPECT_EQ(std::get<Answer>(parse({"--version"}).value()).text.find("sisumail-relay "), 0U);
  EXPECT_NE(std::get<Answer>(parse({"--show-limits"}).value()).text.find("login-time"), std::string::npos);
  const auto changed = std::get<Answer>(parse({"--limit", "idle=7s", "--show-limits"}).value()).text;
  EXPECT_NE(changed.find("7s"), std::string::npos);
}

TEST(Options, mistakes_are_one_line_that_names_what_is_wrong) {
  struct Case {
    std::vector<const char*> words;
    const char* named;
  };
  for (const Case& c :
       {Case{{}, "--dev-user"}, Case{{"--foo"}, "--foo"}, Case{{"word"}, "word"},
        Case{{"--dev-user", "n", "--tier1-listen", ":1"}, "--ssh-listen"},
        Case{{"--dev-user", "n", "--ssh-listen", ":1"}, "--tier1-listen"}, Case{{"--dev-user"}, "--dev-user"},
        Case{{"--threads", "0"}, "--threads"}, Case{{"--threads", "x"}, "--threads"},
        Case{{"--threads", "257"}, "--threads"}, Case{{"--log-level", "loud"}, "--log-level"},
        Case{{"--log-format", "xml"}, "--log-format"}, Case{{"--limit", "idle"}, "idle"},
        Case{{"--limit", "idel=5s"}, "idel"}, Case{{"--limit", "idle=5"}, "idle"}}) {
    const auto parsed = parse(c.words);
    ASSERT_FALSE(parsed) << c.named;
    EXPECT_NE(parsed.error().find(c.named), std::string::npos) << parsed.error();
    EXPECT_EQ(parsed.error().find('\n'), std::string::npos) << parsed.error();
  }
}

}  // namespace
}  // namespace sisu::relay
