// Recipients and identities: their spellings, and what opens what.
#include "common/age/base64.hpp"
#include "tests/unit/age/age_fixture.hpp"

#include <gtest/gtest.h>

namespace sisu::age::test {
namespace {

// The public key of RFC 8032 7.1, TEST 1, as a line of a .pub file.
const std::string blob = "AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea";
const std::string line = "ssh-ed25519 " + blob;

std::optional<FileKey> unwrapped(const Stanza& stanza, const std::vector<Identity>& identities) {
  auto key = std::visit([&](const auto& one) { return one.unwrap(stanza); }, identities.at(0));
  EXPECT_TRUE(key) << describe(key.error());
  return key ? std::move(*key) : std::nullopt;
}

FileKey some_file_key() {
  FileKey key;
  counting_random(100)(key.bytes());
  return key;
}

TEST(AgeKeys, a_line_of_a_pub_file_is_a_recipient) {
  EXPECT_EQ(to_hex(parse_ssh_ed25519(line).value()), ssh_key);
  for (const std::string& text :
       {line, line + " niklas@laptop", line + "\n", line + "\r\n", "ssh-ed25519 \t" + blob + "\tx"})
    EXPECT_TRUE(parse_recipient(text)) << text;
  EXPECT_TRUE(parse_recipient(x25519_recipient));
}

TEST(AgeKeys, what_is_no_recipient_is_refused) {
  std::string other_type = blob;
  other_type.replace(0, 24, "AAAAC3NzaC1lZDI1NTE4AAAA");
  std::string other_length = blob;
  other_length.replace(20, 5, "AAAAH");
  for (const std::string& text :
       {std::string(), std::string("ssh-ed25519"), "ssh-ed25519 " + blob.substr(4), "ssh-ed25519 " + blob + "AAAA",
        "ssh-ed25519 " + blob.substr(0, 67) + "=", "ssh-ed25519 " + other_type, "ssh-ed25519 " + other_length,
        "ssh-rsa " + blob, "sk-ssh-ed25519@openssh.com " + blob, "SSH-ED25519 " + blob, blob, "ssh-ed25519" + blob,
        std::string(x25519_identity), std::string(x25519_recipient) + " ", std::string("age1")})
    EXPECT_EQ(parse_recipient(text).error(), Error::not_a_recipient) << text;
}

TEST(AgeKeys, what_is_no_identity_is_refused) {
  const std::string good(x25519_identity);
  std::string lower = good;
  for (char& c : lower) c = static_cast<char>(std::tolower(c));
  EXPECT_TRUE(X25519Identity::parse(good));
  for (const std::string& text : {std::string(), lower, good + "\n", good.substr(1), good.substr(0, 73), good + "Q",
                                  std::string(x25519_recipient), std::string("AGE-SECRET-KEY-1")})
    EXPECT_EQ(X25519Identity::parse(text).error(), Error::not_an_identity) << text;
}

TEST(AgeKeys, the_public_key_of_another_seed_is_refused) {
  EXPECT_TRUE(SshEd25519Identity::from_seed(secret_of(ssh_seed), point_of(ssh_key)));
  EXPECT_EQ(SshEd25519Identity::from_seed(secret_of(other_ssh_seed), point_of(ssh_key)).error(),
            Error::keys_do_not_match);
  EXPECT_EQ(SshEd25519Identity::from_seed(secret_of(ssh_seed), point_of(other_ssh_key)).error(),
            Error::keys_do_not_match);
}

TEST(AgeKeys, a_stanza_opens_with_its_own_key_only) {
  const FileKey key = some_file_key();
  const Stanza ssh = wrap(ssh_recipient(), key, fill_random);
  const Stanza age = wrap(parse_recipient(x25519_recipient).value(), key, fill_random);
  EXPECT_EQ(ssh.type, "ssh-ed25519");
  EXPECT_EQ(ssh.arguments.at(0), ssh_ed25519_tag(point_of(ssh_key)));
  EXPECT_EQ(age.type, "X25519");
  for (const auto& [stanza, identities] : {std::pair{ssh, &ssh_identity}, {ssh, &ssh_identity}}) {
    const auto opened = unwrapped(stanza, identities(ssh_seed, ssh_key));
    ASSERT_TRUE(opened);
    EXPECT_EQ(to_hex(opened->bytes()), to_hex(key.bytes()));
    EXPECT_FALSE(unwrapped(stanza, identities(other_ssh_seed, other_ssh_key)));
  }
  EXPECT_TRUE(unwrapped(age, age_identity()));
  EXPECT_FALSE(unwrapped(ssh, age_identity()));
  EXPECT_FALSE(unwrapped(age, ssh_identity()));
}

TEST(AgeKeys, any_ssh_key_opens_what_was_wrapped_for_it) {
  const std::string_view keys[][2] = {{ssh_seed, ssh_key},
                                      {other_ssh_seed, other_ssh_key},
                                      // RFC 8032 7.1, TEST 3 and TEST SHA(abc): keys with the sign bit set and not
                                      {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
                                       "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025"},
                                      {"833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
                                       "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf"}};
  for (const auto& [seed, key] : keys) {
    EXPECT_EQ(opened(encrypted("a letter", {ssh_recipient(key)}), ssh_identity(seed, key)).plain, "a letter") << key;
  }
}

TEST(AgeKeys, each_stanza_has_a_share_of_its_own) {
  const FileKey key = some_file_key();
  EXPECT_NE(wrap(ssh_recipient(), key, fill_random).arguments, wrap(ssh_recipient(), key, fill_random).arguments);
  EXPECT_EQ(wrap(ssh_recipient(), key, counting_random()), wrap(ssh_recipient(), key, counting_random()));
}

struct AlteredStanza : testing::Test {
  Stanza ssh = wrap(ssh_recipient(), some_file_key(), fill_random);
  Stanza age = wrap(parse_recipient(x25519_recipient).value(), some_file_key(), fill_random);

  static std::optional<Error> refusal(const Stanza& stanza, const std::vector<Identity>& identities) {
    const auto key = std::visit([&](const auto& one) { return one.unwrap(stanza); }, identities.at(0));
    return key ? std::nullopt : std::optional(key.error());
  }
};

TEST_F(AlteredStanza, a_number_of_arguments_that_the_type_does_not_have_is_refused) {
  ssh.arguments.emplace_back("more");
  age.arguments.emplace_back("more");
  EXPECT_EQ(refusal(ssh, ssh_identity()), Error::malformed_stanza);
  EXPECT_EQ(refusal(age, age_identity()), Error::malformed_stanza);
  ssh.arguments.resize(1);
  age.arguments.clear();
  EXPECT_EQ(refusal(ssh, ssh_identity()), Error::malformed_stanza);
  EXPECT_EQ(refusal(age, age_identity()), Error::malformed_stanza);
}

TEST_F(AlteredStanza, a_share_that_is_no_32_octets_is_refused) {
  for (const std::string& share : {std::string(), std::string("AAAA"), std::string(44, 'A'), std::string(42, 'A'),
                                   std::string(42, 'A') + "B", std::string(43, '=')}) {
    ssh.arguments[1] = share;
    age.arguments[0] = share;
    EXPECT_EQ(refusal(ssh, ssh_identity()), Error::malformed_stanza) << share;
    EXPECT_EQ(refusal(age, age_identity()), Error::malformed_stanza) << share;
  }
}

TEST_F(AlteredStanza, a_share_of_low_order_is_refused) {
  for (const char* hex : {"0000000000000000000000000000000000000000000000000000000000000000",
                          "0100000000000000000000000000000000000000000000000000000000000000",
                          "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"}) {
    ssh.arguments[1] = encode_base64(from_hex(hex));
    age.arguments[0] = ssh.arguments[1];
    EXPECT_EQ(refusal(ssh, ssh_identity()), Error::low_order_point) << hex;
    EXPECT_EQ(refusal(age, age_identity()), Error::low_order_point) << hex;
  }
}

TEST_F(AlteredStanza, a_body_of_another_length_is_refused_before_it_is_opened) {
  for (const std::size_t size : {0U, 31U, 33U, 64U}) {
    ssh.body.resize(size);
    age.body.resize(size);
    EXPECT_EQ(refusal(ssh, ssh_identity()), Error::malformed_stanza) << size;
    EXPECT_EQ(refusal(age, age_identity()), Error::malformed_stanza) << size;
  }
}

TEST_F(AlteredStanza, the_tag_of_another_key_is_anothers_stanza) {
  ssh.arguments[0] = ssh_ed25519_tag(point_of(other_ssh_key));
  EXPECT_FALSE(unwrapped(ssh, ssh_identity()));
  ssh.arguments[0] = "not base64!";
  EXPECT_FALSE(unwrapped(ssh, ssh_identity()));
}

}  // namespace
}  // namespace sisu::age::test
