#include "relay/naming/service/config.hpp"

#include "tests/support/scratch_directory.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>

namespace sisu::relay::naming {
namespace {

const std::string smallest = R"(zone = "example.org"
provider = "rfc2136"
[peers]
relay = "root"
[rfc2136]
server = "127.0.0.1:53"
key_file = "/etc/sisumail/dns.key"
)";

std::string error_of(const std::string& text) {
  const auto config = parse_config(text, "dns.toml");
  return config ? "none" : config.error();
}

/// `smallest` with a line more, which becomes the first.
std::string with(const std::string& line) { return line + '\n' + smallest; }

TEST(Config, what_is_left_out_has_a_default) {
  const auto config = parse_config(smallest, "x").value();
  EXPECT_EQ(config.layout.zone.to_string(), "example.org.");
  EXPECT_EQ(config.layout.tier1_zone.to_string(), "v6.example.org.");
  EXPECT_EQ(config.state, "/var/lib/sisumail-dns");
  EXPECT_EQ(config.socket, "/run/sisumail-dns/socket");
  EXPECT_EQ(config.round_interval, std::chrono::hours(1));
  EXPECT_EQ(config.relay, 0U);
  EXPECT_TRUE(config.servers.empty());
  EXPECT_FALSE(config.resolver);
  const auto& rfc2136 = std::get<Rfc2136Settings>(config.provider);
  EXPECT_EQ(rfc2136.server.to_string(), "127.0.0.1:53");
  EXPECT_EQ(rfc2136.key_file, "/etc/sisumail/dns.key");
}

TEST(Config, every_key_is_read) {
  const auto config = parse_config(R"(
zone = "Example.ORG."
tier1_zone = "in.example.org"
state = "/a/state"
socket = "/a/socket"
round_seconds = 60
provider = "zone_file"
[peers]
relay = "4711"
tier2 = "4712"
[lookup]
servers = ["192.0.2.1:53", "[2001:db8::1]:5353"]
resolver = "127.0.0.1:53"
[zone_file]
file = "/a/zone"
signed = true
reload = ["/usr/bin/knotc", "zone-reload", "example.org"]
name_servers = ["ns1.example.org", "ns2.example.net."]
)",
                                   "x")
                          .value();
  EXPECT_EQ(config.layout.zone.to_string(), "example.org.");
  EXPECT_EQ(config.layout.tier1_zone.to_string(), "in.example.org.");
  EXPECT_EQ(config.state, "/a/state");
  EXPECT_EQ(config.socket, "/a/socket");
  EXPECT_EQ(config.round_interval, std::chrono::seconds(60));
  EXPECT_EQ(config.relay, 4711U);
  EXPECT_EQ(config.tier2, 4712U);
  ASSERT_EQ(config.servers.size(), 2U);
  EXPECT_EQ(config.servers[1].to_string(), "[2001:db8::1]:5353");
  EXPECT_EQ(config.resolver->to_string(), "127.0.0.1:53");
  const auto& file = std::get<ZoneFileOptions>(config.provider);
  EXPECT_EQ(file.file, "/a/zone");
  EXPECT_TRUE(file.is_signed);
  EXPECT_EQ(file.reload.size(), 3U);
  EXPECT_EQ(file.name_servers.size(), 2U);
}

TEST(Config, hetzner_has_a_token_and_may_have_another_address) {
  const auto config = parse_config(R"(
zone = "example.org"
provider = "hetzner"
[peers]
relay = "root"
[hetzner]
token_file = "/a/token"
endpoint = "https://localhost:1234/v1"
ca_file = "/a/ca.pem"
)",
                                   "x")
                          .value();
  const auto& hetzner = std::get<hetzner::Options>(config.provider);
  EXPECT_EQ(hetzner.token_file, "/a/token");
  EXPECT_EQ(hetzner.endpoint, "https://localhost:1234/v1");
  EXPECT_EQ(hetzner.ca_file, "/a/ca.pem");
  EXPECT_FALSE(hetzner.allow_http);
}

TEST(Config, mistakes_are_told_with_their_line_and_what_to_do) {
  const std::pair<std::string, std::string> refused[] = {
      {"zone = ", "dns.toml:1: "},
      {with("zonee = \"a\""), "dns.toml:1: no key is called \"zonee\" in this file; there are: "},
      {smallest + "secret = \"x\"\n", "dns.toml:8: no key is called \"secret\" in [rfc2136]"},
      {"zone = 7\n", "dns.toml:1: zone must be a text in quotes"},
      {"zone = \"example..org\"\n", "dns.toml:1: zone: the name has an empty label, as in example.org"},
      {"\nzone = \"exa mple.org\"\n", "dns.toml:2: zone: "},
      {with("tier1_zone = \"v6.example.com\""), "dns.toml: tier1_zone must be within the zone example.org."},
      {with("state = \"state\""), "dns.toml:1: state must be an absolute path"},
      {with("round_seconds = 0"), "dns.toml:1: round_seconds must be between 1 and"},
      {with("round_seconds = \"1h\""), "dns.toml:1: round_seconds must be a number of seconds"},
      {with("lookup = 1"), "dns.toml:1: lookup must be a table: [lookup]"},
      {smallest + "[lookup]\nservers = \"127.0.0.1:53\"\n", "dns.toml:9: servers must be a list in brackets"},
      {smallest + "[lookup]\nservers = [\"127.0.0.1\"]\n", "dns.toml:9: servers: \"127.0.0.1\" is not ADDRESS:PORT"},
      {smallest + "[lookup]\nresolver = \"localhost:53\"\n", "dns.toml:9: resolver: "},
      {"zone = \"example.org\"\nprovider = \"route53\"\n", "dns.toml:2: provider must be \"rfc2136\", \"hetzner\" or"},
      {"provider = \"rfc2136\"\n", "dns.toml: zone is missing"},
      {"zone = \"example.org\"\n", "dns.toml: provider is missing"},
      {"zone = \"example.org\"\nprovider = \"rfc2136\"\n", "dns.toml: server is missing in [rfc2136]"},
      {"zone = \"a.org\"\nprovider = \"rfc2136\"\n[rfc2136]\nserver = \"127.0.0.1:53\"\n",
       "dns.toml: key_file is missing"},
      {"zone = \"a.org\"\nprovider = \"hetzner\"\n", "dns.toml: token_file is missing in [hetzner]"},
      {"zone = \"a.org\"\nprovider = \"zone_file\"\n", "dns.toml: file is missing in [zone_file]"},
      {"zone = \"a.org\"\nprovider = \"zone_file\"\n[zone_file]\nfile = \"/a\"\nreload = [\"knotc\"]\n",
       "dns.toml: reload in [zone_file] must begin with the absolute path"},
      {smallest + "[hetzner]\nendpoint = \"http://localhost/v1\"\n",
       "dns.toml:9: endpoint: \"http://localhost/v1\" must begin with https://"},
      {"zone = \"a.org\"\n[peers]\nrelay = \"no such user\"\n",
       "dns.toml:3: relay: the system has no user \"no such user\""},
      {"zone = \"a.org\"\n[peers]\nrelay = \"-1\"\n", "dns.toml:3: relay: the system has no user"},
      {"zone = \"a.org\"\n[peers]\nrelay = \"\"\n", "dns.toml:3: relay: the system has no user"},
  };
  for (const auto& [text, error] : refused) EXPECT_EQ(error_of(text).substr(0, error.size()), error) << text;
}

TEST(Config, a_list_has_a_limit) {
  std::string servers;
  for (int i = 0; i < 33; ++i) servers += "\"127.0.0.1:53\",";
  EXPECT_EQ(error_of(smallest + "[lookup]\nservers = [" + servers + "]\n"),
            "dns.toml:9: servers has more than 32 entries");
}

TEST(Config, a_file_that_is_not_there_or_too_long_is_an_error) {
  const test::ScratchDirectory scratch;
  EXPECT_NE(load_config(scratch / "none").error().find("No such file"), std::string::npos);
  test::write_file(scratch / "long", std::string(65 * 1024, '#'));
  EXPECT_NE(load_config(scratch / "long").error().find("too large"), std::string::npos);
}

class Credential : public testing::Test {
 protected:
  std::string load(mode_t mode, const std::string& text = "secret\n") {
    test::write_file(scratch / "key", text);
    EXPECT_EQ(::chmod((scratch / "key").c_str(), mode), 0);
    const auto loaded = load_credential(scratch / "key");
    return loaded ? *loaded : loaded.error();
  }
  test::ScratchDirectory scratch;
};

TEST_F(Credential, is_the_first_line_of_a_file_of_ones_own) {
  EXPECT_EQ(load(0600), "secret");
  EXPECT_EQ(load(0400, "secret"), "secret");
  EXPECT_EQ(load(0600, "secret\r\nmore"), "secret");
}

TEST_F(Credential, that_others_may_read_or_write_is_refused) {
  for (const mode_t mode : {0640U, 0604U, 0620U, 0602U, 0666U})
    EXPECT_NE(load(mode).find("chmod 600"), std::string::npos) << mode;
}

TEST_F(Credential, behind_a_link_counts_with_its_own_mode) {
  EXPECT_EQ(load(0600), "secret");
  std::filesystem::create_symlink(scratch / "key", scratch / "link");
  EXPECT_EQ(load_credential(scratch / "link").value(), "secret");
  ::chmod((scratch / "key").c_str(), 0644);
  EXPECT_FALSE(load_credential(scratch / "link"));
}

TEST_F(Credential, that_is_missing_or_no_file_is_refused) {
  EXPECT_NE(load_credential(scratch / "none").error().find("it should hold a credential"), std::string::npos);
  EXPECT_FALSE(load_credential(scratch.path()));
  EXPECT_NE(load(0600, std::string(5000, 'x')).find("too large"), std::string::npos);
}

}  // namespace
}  // namespace sisu::relay::naming
