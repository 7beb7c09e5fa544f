#include "client/cli/options.hpp"

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

namespace sisu::client {
namespace {

const char* with_home(const char* name) { return std::string_view(name) == "HOME" ? "/nonexistent" : nullptr; }
const char* with_nothing(const char* /*name*/) { return nullptr; }

Result<Options, NoRun> parse(std::vector<const char*> words, Environment environment = &with_home) {
  words.insert(words.begin(), "sisumail");
  return parse_command_line(static_cast<int>(words.size()), words.data(), environment);
}

/// A command line that is right, with `more` behind it.
Result<Options, NoRun> parse_good_and(std::vector<const char*> more) {
  std::vector<const char*> words{"--relay", "127.0.0.1:2222", "--user", "niklas", "--maildir", "mail"};
  words.insert(words.end(), more.begin(), more.end());
  return parse(words);
}

TEST(Options, defaults_are_as_documented) {
  const auto options = parse_good_and({});
  ASSERT_TRUE(options) << options.error().text;
  EXPECT_EQ(options->relay->to_string(), "127.0.0.1:2222");
  EXPECT_EQ(options->zone.to_string(), "test");
  EXPECT_EQ(options->host(), "niklas.v6.test");
  EXPECT_EQ(options->known_hosts, "/nonexistent/.ssh/known_hosts");
  EXPECT_EQ(options->state, "/nonexistent/.local/state/sisumail");
  EXPECT_EQ(options->tls_policy, TlsPolicy::pragmatic);
  EXPECT_FALSE(options->accept_new_host_key);
  EXPECT_FALSE(options->key);
  EXPECT_EQ(options->smtp.message_octets, 50U * 1024 * 1024);
  EXPECT_EQ(options->smtp.messages, 100U);
  EXPECT_EQ(options->log.level, log::Level::info);
  EXPECT_EQ(options->log.format, log::Format::text);
}

TEST(Options, every_option_reaches_its_place) {
  const auto options = parse_good_and({"--zone",
                                       "Example.ORG",
                                       "--invite",
                                       "3k9f-1234",
                                       "--key",
                                       "k",
                                       "--key-passphrase-file",
                                       "p",
                                       "--known-hosts",
                                       "h",
                                       "--accept-new-host-key",
                                       "--state",
                                       "s",
                                       "--smtp-listen",
                                       "127.0.0.1:2526",
                                       "--smtp-listen",
                                       "[::1]:2527",
                                       "--smtp-listen-proxy",
                                       "127.0.0.1:2528",
                                       "--tls-policy",
                                       "strict",
                                       "--tls-cert",
                                       "c",
                                       "--tls-key",
                                       "t",
                                       "--tls-ca",
                                       "a",
                                       "--max-message-size",
                                       "1MiB",
                                       "--max-recipients",
                                       "5",
                                       "--max-messages",
                                       "6",
                                       "--max-connections",
                                       "7",
                                       "--max-listener-connections",
                                       "8",
                                       "--log-format",
                                       "json",
                                       "--log-level",
                                       "debug"});
  ASSERT_TRUE(options) << options.error().text;
  EXPECT_EQ(options->host(), "niklas.v6.example.org");
  EXPECT_EQ(options->invite, "3k9f-1234");
  EXPECT_EQ(options->key, "k");
  EXPECT_EQ(options->key_passphrase_file, "p");
  EXPECT_EQ(options->known_hosts, "h");
  EXPECT_TRUE(options->accept_new_host_key);
  EXPECT_EQ(options->state, "s");
  ASSERT_EQ(options->smtp_listen.size(), 2U);
  EXPECT_EQ(options->smtp_listen[1].to_string(), "[::1]:2527");
  ASSERT_EQ(options->smtp_listen_proxy.size(), 1U);
  EXPECT_EQ(options->tls_policy, TlsPolicy::strict);
  EXPECT_EQ(options->tls_certificate, "c");
  EXPECT_EQ(options->tls_key, "t");
  EXPECT_EQ(options->tls_ca, "a");
  EXPECT_EQ(options->smtp.message_octets, 1024U * 1024);
  EXPECT_EQ(options->smtp.recipients, 5U);
  EXPECT_EQ(options->smtp.messages, 6U);
  EXPECT_EQ(options->reception.connections, 7U);
  EXPECT_EQ(options->reception.listener_connections, 8U);
  EXPECT_EQ(options->log.level, log::Level::debug);
  EXPECT_EQ(options->log.format, log::Format::json);
}

TEST(Options, local_ports_alone_are_something_to_serve) {
  const auto options = parse({"--user", "niklas", "--maildir", "m", "--smtp-listen", "127.0.0.1:0"});
  ASSERT_TRUE(options) << options.error().text;
  EXPECT_FALSE(options->relay);
}

TEST(Options, senders_may_connect_to_a_host_in_another_zone) {
  const auto options = parse({"--user", "niklas", "--zone", "example.org", "--tier1-zone", "MX.example.org",
                              "--maildir", "m", "--smtp-listen", "127.0.0.1:0"});
  ASSERT_TRUE(options) << options.error().text;
  EXPECT_EQ(options->host(), "niklas.mx.example.org");
}

TEST(Options, mistakes_are_one_line_with_exit_status_2) {
  struct Case {
    std::vector<const char*> more;
    const char* word;
  };
  for (const Case& one : {
           Case{{"--user", "anna"}, "--user"},  // twice: neither may win silently
           Case{{"--zone", "bad..zone"}, "'bad..zone' is not a domain"},
           Case{{"--tier1-zone", "bad..zone"}, "--tier1-zone: 'bad..zone' is not a domain"},
           Case{{"--invite", "a\nb"}, "--invite"},
           Case{{"--invite", ""}, "--invite"},
           Case{{"--smtp-listen", "2526"}, "--smtp-listen"},
           Case{{"--smtp-listen", "localhost:25"}, "ADDRESS:PORT"},
           Case{{"--smtp-listen-proxy", "192.0.2.1:2526"}, "loopback"},
           Case{{"--tls-policy", "none"}, "--tls-policy"},
           Case{{"--tls-cert", "c"}, "--tls-key"},
           Case{{"--tls-key", "k"}, "--tls-cert"},
           Case{{"--tls-ca", "a"}, "strict"},
           Case{{"--key-passphrase-file", "p"}, "--key"},
           Case{{"--max-message-size", "1"}, "--max-message-size"},
           Case{{"--max-message-size", "-1"}, "--max-message-size"},
           Case{{"--max-message-size", "much"}, "--max-message-size"},
           Case{{"--max-recipients", "0"}, "--max-recipients"},
           Case{{"--max-messages", "x"}, "--max-messages"},
           Case{{"--log-level", "loud"}, "--log-level"},
           Case{{"--log-format", "xml"}, "--log-format"},
           Case{{"--no-such-option"}, "--no-such-option"},
           Case{{"word"}, "word"},
           Case{{"--smtp-listen", "127.0.0.1:2526", "word"}, "word"},
           Case{{"--key"}, "--key"},
       }) {
    const auto options = parse_good_and(one.more);
    ASSERT_FALSE(options) << one.word;
    EXPECT_EQ(options.error().exit_status, 2);
    const std::string& text = options.error().text;
    EXPECT_NE(text.find(one.word), std::string::npos) << text;
    EXPECT_EQ(text.find('\n'), text.size() - 1) << text;
    EXPECT_TRUE(text.starts_with("sisumail: ")) << text;
  }
}

TEST(Options, names_and_addresses_that_are_none_are_shown) {
  for (const char* user : {"Not A Name", "a.b", "-a", "niklas@test", "üser"}) {
    const auto options = parse({"--user", user, "--maildir", "m", "--relay", "r"});
    ASSERT_FALSE(options) << user;
    EXPECT_NE(options.error().text.find(std::string("'") + user + "' is not a name"), std::string::npos);
  }
  for (const char* relay : {"host:0", "host:", "2001:db8::1", "user@host:22"}) {
    const auto options = parse({"--user", "niklas", "--maildir", "m", "--relay", relay});
    ASSERT_FALSE(options) << relay;
    EXPECT_NE(options.error().text.find(std::string("'") + relay + "' is not HOST"), std::string::npos);
  }
}

TEST(Options, what_is_missing_is_named) {
  EXPECT_NE(parse({}).error().text.find("--user"), std::string::npos);
  EXPECT_NE(parse({"--user", "n"}).error().text.find("--maildir"), std::string::npos);
  EXPECT_NE(parse({"--user", "n", "--maildir", "m"}).error().text.find("--relay"), std::string::npos);
  const auto homeless = parse({"--user", "n", "--maildir", "m", "--relay", "r"}, &with_nothing);
  ASSERT_FALSE(homeless);
  EXPECT_NE(homeless.error().text.find("HOME"), std::string::npos);
}

TEST(Options, help_and_version_are_no_mistake) {
  const auto help = parse({"--help"});
  ASSERT_FALSE(help);
  EXPECT_EQ(help.error().exit_status, 0);
  EXPECT_NE(help.error().text.find("--maildir"), std::string::npos);
  const auto version = parse({"--version"});
  ASSERT_FALSE(version);
  EXPECT_EQ(version.error().exit_status, 0);
  EXPECT_TRUE(version.error().text.starts_with("sisumail "));
}

// --- the CA

constexpr const char* a_ca = "https://ca.example/dir";

TEST(AcmeOptions, lets_encrypt_is_asked_by_default_where_there_is_a_relay_and_a_zone_of_the_world) {
  const auto options = parse_good_and({"--zone", "example.org"});
  ASSERT_TRUE(options);
  ASSERT_TRUE(options->acme);
  EXPECT_EQ(options->acme->directory, AcmeOptions::lets_encrypt);
  EXPECT_FALSE(options->acme->ca_file || options->acme->external_key_id || options->acme->external_key_file);
  EXPECT_TRUE(options->acme->contacts.empty());
}

TEST(AcmeOptions, nobody_on_the_internet_is_asked_for_test_zones_without_relay_and_with_a_given_certificate) {
  EXPECT_FALSE(parse_good_and({})->acme) << "zone test";
  EXPECT_FALSE(parse_good_and({"--zone", "a.test"})->acme);
  EXPECT_FALSE(parse_good_and({"--zone", "example.org", "--tls-cert", "c", "--tls-key", "k"})->acme);
  EXPECT_FALSE(
      parse({"--user", "niklas", "--maildir", "mail", "--smtp-listen", "127.0.0.1:0", "--zone", "example.org"})->acme);
  EXPECT_TRUE(parse_good_and({"--zone", "latest"})->acme) << "not a zone under .test";
}

TEST(AcmeOptions, off_and_none_turn_it_off) {
  for (const char* word : {"off", "none"}) {
    const auto options = parse_good_and({"--zone", "example.org", "--acme-directory", word});
    ASSERT_TRUE(options) << options.error().text;
    EXPECT_FALSE(options->acme);
  }
}

TEST(AcmeOptions, a_directory_that_is_given_is_asked_in_test_zones_too) {
  const auto options =
      parse_good_and({"--acme-directory", a_ca, "--acme-ca", "ca.pem", "--acme-eab-kid", "id", "--acme-eab-key-file",
                      "key", "--acme-contact", "a@b.example", "--acme-contact", "mailto:c@d.example"});
  ASSERT_TRUE(options) << options.error().text;
  ASSERT_TRUE(options->acme);
  EXPECT_EQ(options->acme->directory, a_ca);
  EXPECT_EQ(options->acme->ca_file, "ca.pem");
  EXPECT_EQ(options->acme->external_key_id, "id");
  EXPECT_EQ(options->acme->external_key_file, "key");
  EXPECT_EQ(options->acme->contacts, (std::vector<std::string>{"mailto:a@b.example", "mailto:c@d.example"}));
}

TEST(AcmeOptions, what_cannot_work_is_refused_with_the_option_named) {
  const std::string long_address = std::string(AcmeOptions::longest_contact, 'a') + "@b";
  const std::vector<std::vector<const char*>> refused{
      {"--acme-directory", "http://ca.example/dir"},
      {"--acme-directory", "ca.example"},
      {"--acme-directory", "https://"},
      {"--acme-directory", a_ca, "--tls-cert", "c", "--tls-key", "k"},
      {"--acme-directory", a_ca, "--acme-eab-kid", "id"},
      {"--acme-directory", a_ca, "--acme-eab-key-file", "f"},
      {"--acme-directory", a_ca, "--acme-contact", "nobody"},
      {"--acme-directory", a_ca, "--acme-contact", "@b.example"},
      {"--acme-directory", a_ca, "--acme-contact", "a@"},
      {"--acme-directory", a_ca, "--acme-contact", "a b@c.example"},
      {"--acme-directory", a_ca, "--acme-contact", "a@b.example?subject=x"},
      {"--acme-directory", a_ca, "--acme-contact", "a@b.example,c@d.example"},
      {"--acme-directory", a_ca, "--acme-contact", long_address.c_str()},
      {"--acme-directory", a_ca, "--acme-contact", "1@b", "--acme-contact", "2@b", "--acme-contact", "3@b",
       "--acme-contact", "4@b", "--acme-contact", "5@b"},
      {"--acme-ca", "f"},
      {"--acme-directory", "off", "--acme-contact", "a@b.example"},
  };
  for (const auto& words : refused) {
    const auto options = parse_good_and(words);
    ASSERT_FALSE(options) << words[1];
    EXPECT_EQ(options.error().exit_status, 2);
    EXPECT_NE(options.error().text.find("--acme"), std::string::npos) << options.error().text;
  }
  const auto without_relay =
      parse({"--user", "niklas", "--maildir", "mail", "--smtp-listen", "127.0.0.1:0", "--acme-directory", a_ca});
  ASSERT_FALSE(without_relay);
  EXPECT_NE(without_relay.error().text.find("--relay"), std::string::npos);
}

}  // namespace
}  // namespace sisu::client
