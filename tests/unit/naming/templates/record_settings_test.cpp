#include "relay/naming/templates/record_settings.hpp"

#include "tests/support/scratch_directory.hpp"

#include <gtest/gtest.h>

namespace sisu::relay::naming {
namespace {

std::string error_of(std::string_view text) {
  const auto settings = parse_record_settings(text, "records.toml");
  return settings ? "none" : settings.error();
}

TEST(RecordSettings, an_empty_file_is_the_defaults) {
  EXPECT_EQ(parse_record_settings("# nothing\n", "x").value(), RecordSettings());
}

TEST(RecordSettings, every_key_is_read) {
  const auto settings = parse_record_settings(R"(
strict_address = false
[ttl]
address = 1
tlsa = 2
caa = 3
challenge = 4
mx = 5
policy = 604800
[caa]
issuers = ["LetsEncrypt.org", "ca.example"]
[spf]
user = "v=spf1 a"
host = "v=spf1 b"
zone = "v=spf1 c"
spool = ""
[dmarc]
user = "v=DMARC1; p=none"
zone = "v=DMARC1; p=quarantine"
[spool]
addresses = ["192.0.2.25", "2001:db8::25"]
acme_account = "https://ca.example/1"
)",
                                              "records.toml");
  ASSERT_TRUE(settings) << settings.error();
  EXPECT_FALSE(settings->strict_address);
  EXPECT_EQ(settings->ttl, (RecordSettings::Ttls{Ttl(1), Ttl(2), Ttl(3), Ttl(4), Ttl(5), Ttl(604800)}));
  EXPECT_EQ(settings->issuers, (std::vector<std::string>{"letsencrypt.org", "ca.example"}));
  EXPECT_EQ(settings->spf_user, "v=spf1 a");
  EXPECT_EQ(settings->spf_host, "v=spf1 b");
  EXPECT_EQ(settings->spf_zone, "v=spf1 c");
  EXPECT_EQ(settings->spf_spool, "");
  EXPECT_EQ(settings->dmarc_user, "v=DMARC1; p=none");
  EXPECT_EQ(settings->dmarc_zone, "v=DMARC1; p=quarantine");
  ASSERT_EQ(settings->spool_addresses.size(), 2U);
  EXPECT_EQ(settings->spool_addresses[1].to_string(), "2001:db8::25");
  EXPECT_EQ(settings->spool_acme_account, AcmeAccountUri::parse("https://ca.example/1"));
}

TEST(RecordSettings, an_unknown_key_is_an_error_with_its_place_and_the_keys_there_are) {
  EXPECT_EQ(
      error_of("\n[ttl]\naddres = 1\n"),
      "records.toml:3: no key is called \"addres\" in [ttl]; there are: address, caa, challenge, mx, policy, tlsa");
  EXPECT_TRUE(error_of("strict = true\n").starts_with("records.toml:1: no key is called \"strict\" in this file"));
  EXPECT_TRUE(error_of("[tls]\n").starts_with("records.toml:1: no key is called \"tls\""));
}

TEST(RecordSettings, wrong_values_are_errors_with_their_line) {
  const std::string long_spf = "v=spf1 " + std::string(249, 'a');
  for (const std::string& text : {
           std::string("strict_address = 1"),
           std::string("strict_address = \"true\""),
           std::string("ttl = 5"),
           std::string("ttl.mx = 0"),
           std::string("ttl.mx = -1"),
           std::string("ttl.mx = 604801"),
           std::string("ttl.mx = 1.5"),
           std::string("ttl.mx = \"300\""),
           std::string("caa.issuers = \"letsencrypt.org\""),
           std::string("caa.issuers = [1]"),
           std::string("caa.issuers = [\"\"]"),
           std::string("caa.issuers = [\"a b\"]"),
           std::string("caa.issuers = [\"letsencrypt.org.\"]"),
           std::string("caa.issuers = [\"x; accounturi=y\"]"),
           std::string("caa.issuers = [\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\",\"h\",\"i\"]"),
           std::string("spf.user = \"-all\""),
           std::string("spf.user = 'v=spf1 \"-all'"),
           std::string("spf.user = 'v=spf1 \\-all'"),
           std::string("spf.user = \"v=spf1\\t-all\""),
           std::string("spf.user = \"v=spf1 \xC3\xA4\""),
           "spf.user = \"" + long_spf + "\"",
           std::string("dmarc.zone = \"v=spf1 -all\""),
           std::string("spool.addresses = [\"spool.example.org\"]"),
           std::string("spool.addresses = [\"::\"]"),
           std::string("spool.addresses = [\"224.0.0.1\"]"),
           std::string("spool.acme_account = \"http://ca.example\""),
           std::string("not toml"),
           std::string("ttl.mx = 1\nttl.mx = 2"),
       }) {
    const std::string error = error_of("# one\n" + text + "\n");
    EXPECT_TRUE(error.starts_with("records.toml:2: ") || error.starts_with("records.toml:3: "))
        << text << ": " << error;
    EXPECT_EQ(error.find('\n'), std::string::npos) << error;
  }
}

TEST(RecordSettings, a_file_that_cannot_be_read_is_named) {
  const test::ScratchDirectory directory;
  EXPECT_TRUE(load_record_settings(directory / "missing").error().starts_with((directory / "missing").string() + ": "));
  test::write_file(directory / "long", std::string(65 * 1024, '#'));
  EXPECT_FALSE(load_record_settings(directory / "long"));
  test::write_file(directory / "good", "[ttl]\nmx = 7\n");
  EXPECT_EQ(load_record_settings(directory / "good")->ttl.mx, Ttl(7));
}

}  // namespace
}  // namespace sisu::relay::naming
