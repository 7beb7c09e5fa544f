#include "relay/tier2/options.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace sisu::relay::tier2 {
namespace {

Result<KeyOptions, NoRun> parse(std::vector<const char*> words) {
  words.insert(words.begin(), "sisumail-tier2");
  return parse_command_line(static_cast<int>(words.size()), words.data());
}

TEST(Tier2Options, a_command_and_its_defaults) {
  const auto options = parse({"key", "roll", "--zone", "example.org"});
  ASSERT_TRUE(options) << options.error().text;
  EXPECT_EQ(options->command, KeyOptions::Command::roll);
  EXPECT_EQ(options->zone.to_string(), "example.org");
  EXPECT_EQ(options->state, "/var/lib/sisumail-tier2");
  EXPECT_EQ(options->dns_socket, "/run/sisumail-dns/socket");
  EXPECT_EQ(options->ttl, std::chrono::seconds(300));
  EXPECT_FALSE(options->json);
}

TEST(Tier2Options, options_may_stand_in_front_of_the_command) {
  const auto options = parse({"--zone", "example.org", "--json", "--tlsa-ttl", "60", "key", "status"});
  ASSERT_TRUE(options) << options.error().text;
  EXPECT_EQ(options->command, KeyOptions::Command::status);
  EXPECT_TRUE(options->json);
  EXPECT_EQ(options->ttl, std::chrono::seconds(60));
  EXPECT_EQ(parse({"key", "init", "--zone", "example.org"})->command, KeyOptions::Command::init);
}

TEST(Tier2Options, help_and_version_are_status_0) {
  EXPECT_EQ(parse({"--help"}).error().exit_status, 0);
  EXPECT_EQ(parse({"--version"}).error().exit_status, 0);
}

TEST(Tier2Options, mistakes_are_status_2_and_one_line) {
  for (const std::vector<const char*>& words :
       std::vector<std::vector<const char*>>{{},
                                             {"key"},
                                             {"keys", "roll", "--zone", "example.org"},
                                             {"key", "rol", "--zone", "example.org"},
                                             {"key", "roll"},
                                             {"key", "roll", "--zone", "no zone"},
                                             {"key", "roll", "--zone", "example.org", "--tlsa-ttl", "0"},
                                             {"key", "roll", "--zone", "example.org", "--tlsa-ttl", "86401"},
                                             {"key", "roll", "--zone", "example.org", "--force"},
                                             {"key", "roll", "status", "--zone", "example.org"}}) {
    const auto refused = parse(words);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().exit_status, 2);
    EXPECT_EQ(std::ranges::count(refused.error().text, '\n'), 1) << refused.error().text;
  }
}

}  // namespace
}  // namespace sisu::relay::tier2
