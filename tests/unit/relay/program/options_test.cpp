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

TEST(Options, pages_for_monitoring_stay_on_this_machine_unless_asked) {
  EXPECT_FALSE(options({}).metrics_listen);
  EXPECT_EQ(options({"--metrics-listen", ":9100"}).metrics_listen->to_string(), "127.0.0.1:9100");
  EXPECT_EQ(options({"--metrics-listen", "[::1]:0"}).metrics_listen->to_string(), "[::1]:0");
  EXPECT_EQ(options({"--metrics-listen", "0.0.0.0:9100", "--metrics-allow-remote"}).metrics_listen->to_string(),
            "0.0.0.0:9100");
}

TEST(Options, questions_are_answered_without_serving) {
  EXPECT_NE(std::get<Answer>(parse({"--help"}).value()).text.find("--tier1-listen"), std::string::npos);
  EXPECT_EQ(std::get<Answer>(parse({"--version"}).value()).text.find("sisumail-relay "), 0U);
  EXPECT_NE(std::get<Answer>(parse({"--show-limits"}).value()).text.find("login-time"), std::string::npos);
  const auto changed = std::get<Answer>(parse({"--limit", "idle=7s", "--show-limits"}).value()).text;
  EXPECT_NE(changed.find("7s"), std::string::npos);
}

std::vector<const char*> zone_words(std::vector<const char*> more) {
  std::vector<const char*> words = {"--ssh-listen", ":2222",         "--zone",
                                    "sisu.test",    "--ipv6-prefix", "2001:db8:1:2::/64"};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

TEST(Options, a_zone_has_careful_defaults) {
  const auto parsed = std::get<Options>(parse(zone_words({})).value());
  ASSERT_TRUE(parsed.zone);
  EXPECT_EQ(parsed.zone->name.to_string(), "sisu.test");
  EXPECT_EQ(parsed.zone->prefix.to_string(), "2001:db8:1:2::/64");
  EXPECT_EQ(parsed.zone->claim_policy, ClaimPolicy::invite);
  EXPECT_EQ(parsed.zone->spool_default, Tier2::off);
  EXPECT_EQ(parsed.zone->tier1_port, 25);
}

TEST(Options, what_a_zone_can_be_told) {
  const auto words = zone_words({"--claim-policy", "open", "--spool-default", "on", "--tier1-port", "2525"});
  const auto parsed = std::get<Options>(parse(words).value());
  EXPECT_EQ(parsed.zone->claim_policy, ClaimPolicy::open);
  EXPECT_EQ(parsed.zone->spool_default, Tier2::on);
  EXPECT_EQ(parsed.zone->tier1_port, 2525);
}

TEST(Options, users_may_have_ipv4_addresses_of_their_own) {
  const auto words = zone_words({"--tier1-ipv4", "203.0.113.7:25=Niklas", "--tier1-ipv4", "127.0.0.1:2525=ada"});
  const auto parsed = std::get<Options>(parse(words).value());
  const std::multimap<std::string, Endpoint> expected = {{"niklas", Endpoint::parse("203.0.113.7:25").value()},
                                                         {"ada", Endpoint::parse("127.0.0.1:2525").value()}};
  EXPECT_EQ(parsed.zone->ipv4, expected);
}

TEST(Options, an_ipv4_address_that_cannot_be_one_users_is_refused) {
  for (const char* text :
       {"", "=", "niklas", "203.0.113.7=niklas", "203.0.113.7:25", "203.0.113.7:25=", "203.0.113.7:0=niklas",
        "203.0.113.7:70000=niklas", "0.0.0.0:25=niklas", "224.0.0.1:25=niklas", "255.255.255.255:25=niklas",
        "[2001:db8::1]:25=niklas", "host:25=niklas", "203.0.113.7:25=a.b", "203.0.113.7:25=-x", "203.0.113.7:25=x=y",
        "203.0.113.7:25=\xc3\xa4"}) {
    const auto parsed = parse(zone_words({"--tier1-ipv4", text}));
    ASSERT_FALSE(parsed) << text;
    EXPECT_NE(parsed.error().find("--tier1-ipv4"), std::string::npos) << parsed.error();
  }
  const auto twice = parse(zone_words({"--tier1-ipv4", "192.0.2.1:25=ada", "--tier1-ipv4", "192.0.2.1:25=bob"}));
  ASSERT_FALSE(twice);
  EXPECT_NE(twice.error().find("given twice"), std::string::npos) << twice.error();
}

TEST(Options, mistakes_about_a_zone_are_one_line_that_names_what_is_wrong) {
  struct Case {
    std::vector<const char*> words;
    const char* named;
  };
  const std::vector<const char*> dev = {"--ssh-listen", ":1", "--tier1-listen", ":2", "--dev-user", "n"};
  std::vector<Case> cases = {
      {zone_words({"--dev-user", "n"}), "exclude"},
      {zone_words({"--tier1-listen", ":1"}), "--tier1-listen"},
      {zone_words({"--claim-policy", "all"}), "--claim-policy"},
      {zone_words({"--spool-default", "yes"}), "--spool-default"},
      {zone_words({"--tier1-port", "0"}), "--tier1-port"},
      {zone_words({"--tier1-port", "65536"}), "--tier1-port"},
      {{"--ssh-listen", ":1", "--zone", "sisu.test"}, "--ipv6-prefix is missing"},
      {{"--zone", "sisu.test", "--ipv6-prefix", "2001:db8::/64"}, "--ssh-listen"},
  };
  for (const char* zone : {"", ".", "sisu..test", "sisu test", "-x.test"}) {
    cases.push_back({{"--ssh-listen", ":1", "--zone", zone, "--ipv6-prefix", "2001:db8::/64"}, "--zone"});
  }
  for (const char* prefix : {"", "2001:db8::", "2001:db8::/63", "2001:db8::1/64", "fe80::/64", "192.0.2.0/24"}) {
    cases.push_back({{"--ssh-listen", ":1", "--zone", "sisu.test", "--ipv6-prefix", prefix}, "--ipv6-prefix"});
  }
  for (auto [option, value] : {std::pair{"--ipv6-prefix", "2001:db8::/64"}, std::pair{"--tier1-port", "25"},
                               std::pair{"--tier1-ipv4", "192.0.2.1:25=ada"}, std::pair{"--claim-policy", "open"},
                               std::pair{"--spool-default", "on"}}) {
    auto words = dev;
    words.insert(words.end(), {option, value});
    cases.push_back({words, option});
  }
  for (const Case& c : cases) {
    const auto parsed = parse(c.words);
    ASSERT_FALSE(parsed) << c.named;
    EXPECT_NE(parsed.error().find(c.named), std::string::npos) << parsed.error();
    EXPECT_EQ(parsed.error().find('\n'), std::string::npos) << parsed.error();
  }
}

TEST(Options, an_operators_command_behind_an_option_is_told_where_it_belongs) {
  EXPECT_EQ(parse({"--state", "/s", "user", "list"}).error(),
            "\"user\" must be the first word: sisumail-relay user ... --state DIR");
  EXPECT_NE(parse({"--state", "/s", "users"}).error().find("not expected"), std::string::npos);
}

TEST(Options, mistakes_are_one_line_that_names_what_is_wrong) {
  struct Case {
    std::vector<const char*> words;
    const char* named;
  };
  for (const Case& c :
       {Case{{}, "--dev-user"}, Case{{}, "--zone"}, Case{{"--foo"}, "--foo"}, Case{{"word"}, "word"},
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
