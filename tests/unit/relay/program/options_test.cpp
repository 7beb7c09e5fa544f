#include "relay/options.hpp"

#include "tests/support/scratch_directory.hpp"

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
  EXPECT_EQ(parsed.zone->tier1_zone, "v6.sisu.test");
}

TEST(Options, what_a_zone_can_be_told) {
  const auto words = zone_words(
      {"--claim-policy", "open", "--spool-default", "on", "--tier1-port", "2525", "--tier1-zone", "MX.sisu.test."});
  const auto parsed = std::get<Options>(parse(words).value());
  EXPECT_EQ(parsed.zone->claim_policy, ClaimPolicy::open);
  EXPECT_EQ(parsed.zone->spool_default, Tier2::on);
  EXPECT_EQ(parsed.zone->tier1_port, 2525);
  EXPECT_EQ(parsed.zone->tier1_zone, "mx.sisu.test");
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

TEST(Options, records_in_dns_have_a_socket_and_settings_of_their_own) {
  const sisu::test::ScratchDirectory directory;
  const std::string file = directory / "records.toml";
  sisu::test::write_file(file, "[ttl]\nmx = 77\n");
  const auto words = zone_words({"--dns-socket", "/run/x", "--dns-records", file.c_str()});
  const auto parsed = std::get<Options>(parse(words).value());
  EXPECT_EQ(parsed.zone->dns_socket, "/run/x");
  EXPECT_EQ(parsed.zone->records.ttl.mx, naming::Ttl(77));
  EXPECT_EQ(std::get<Options>(parse(zone_words({})).value()).zone->dns_socket, "");
}

TEST(Options, records_that_cannot_be_are_refused_before_anything_starts) {
  const sisu::test::ScratchDirectory directory;
  const std::string file = directory / "records.toml";
  sisu::test::write_file(file, "\nstrict = true\n");
  const auto error = [](std::vector<const char*> more) {
    const auto parsed = parse(zone_words(std::move(more)));
    return parsed ? std::string("none") : parsed.error();
  };
  EXPECT_EQ(error({"--dns-records", file.c_str()}), "--dns-records goes with --dns-socket");
  EXPECT_TRUE(error({"--dns-socket", "/x", "--dns-records", file.c_str()})
                  .starts_with("--dns-records: " + file + ":2: no key is called \"strict\""));
  EXPECT_NE(error({"--dns-socket", "/x", "--dns-records", "/nowhere/x"}).find("/nowhere/x"), std::string::npos);
  EXPECT_NE(error({"--dns-socket", std::string(200, 'x').c_str()}).find("longer than"), std::string::npos);
  std::string long_zone;
  for (int i = 0; i < 3; ++i) long_zone += std::string(60, 'z') + ".";
  long_zone += "test";
  const auto parsed = parse(
      {"--ssh-listen", ":1", "--zone", long_zone.c_str(), "--ipv6-prefix", "2001:db8:1:2::/64", "--dns-socket", "/x"});
  ASSERT_FALSE(parsed);
  EXPECT_NE(parsed.error().find("too long"), std::string::npos) << parsed.error();
}

TEST(Options, more_ipv4_addresses_of_one_user_than_dns_is_told_are_refused) {
  std::vector<std::string> given;
  for (int i = 1; i <= 17; ++i) given.push_back("192.0.2." + std::to_string(i) + ":25=ada");
  std::vector<const char*> more;
  for (const std::string& one : given) more.insert(more.end(), {"--tier1-ipv4", one.c_str()});
  EXPECT_TRUE(parse(zone_words(more)));
  more.insert(more.end(), {"--dns-socket", "/x"});
  const auto parsed = parse(zone_words(more));
  ASSERT_FALSE(parsed);
  EXPECT_NE(parsed.error().find("ada has more than 16 addresses"), std::string::npos) << parsed.error();
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
      {zone_words({"--tier1-zone", "otto.sisu.test"}), "--tier1-zone: "},
      {zone_words({"--tier1-zone", "v6.example.org"}), "--tier1-zone: "},
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
                               std::pair{"--spool-default", "on"}, std::pair{"--dns-socket", "/x"},
                               std::pair{"--dns-records", "/x"}, std::pair{"--tier1-zone", "v6.sisu.test"}}) {
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
