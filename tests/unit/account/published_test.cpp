#include "relay/account/published.hpp"

#include <gtest/gtest.h>

namespace sisu::relay {
namespace {

const std::string hex64 = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

TEST(SpkiDigest, is_64_hexadecimal_digits_and_folds_their_case) {
  EXPECT_EQ(SpkiDigest::parse(hex64)->to_string(), hex64);
  std::string upper = hex64;
  for (char& c : upper) c = static_cast<char>(std::toupper(c));
  EXPECT_EQ(SpkiDigest::parse(upper), SpkiDigest::parse(hex64));
}

TEST(SpkiDigest, other_texts_are_none) {
  for (const std::string& text :
       {std::string(), hex64.substr(1), hex64 + "0", "g" + hex64.substr(1), " " + hex64.substr(1),
        hex64.substr(0, 63) + "\n", "0x" + hex64.substr(2), hex64.substr(0, 63) + std::string(1, '\0')}) {
    EXPECT_FALSE(SpkiDigest::parse(text)) << text;
  }
}

TEST(ChallengeValue, is_43_characters_of_base64url_and_keeps_their_case) {
  const std::string value = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLM-_09";
  ASSERT_EQ(value.size(), 43U);
  EXPECT_EQ(ChallengeValue::parse(value)->to_string(), value);
}

TEST(ChallengeValue, other_texts_are_none) {
  const std::string good(43, 'a');
  for (const std::string& text :
       {std::string(), good.substr(1), good + "a", good.substr(1) + "=", good.substr(1) + "+", good.substr(1) + "/",
        good.substr(1) + "\"", good.substr(1) + " ", good.substr(1) + "\xC3", good.substr(1) + std::string(1, '\0')}) {
    EXPECT_FALSE(ChallengeValue::parse(text)) << text;
  }
}

TEST(AcmeAccountUri, is_an_https_url_that_a_caa_record_can_hold) {
  for (const std::string& text : {std::string("https://acme-v02.api.letsencrypt.org/acme/acct/1"),
                                  std::string("https://[::1]:14000/my-account/5?x=%20"), std::string("https://x"),
                                  "https://" + std::string(247, 'a')}) {
    ASSERT_TRUE(AcmeAccountUri::parse(text)) << text;
    EXPECT_EQ(AcmeAccountUri::parse(text)->to_string(), text);
  }
}

TEST(AcmeAccountUri, other_texts_are_none) {
  for (const std::string& text :
       {std::string(), std::string("none"), std::string("https://"), std::string("http://ca.example/1"),
        std::string("HTTPS://ca.example/1"), std::string("https://ca.example/1;validationmethods=http-01"),
        std::string("https://ca.example/\"1"), std::string("https://ca.example/'1"),
        std::string("https://ca.example/\\1"), std::string("https://ca.example/a b"),
        std::string("https://ca.example/\t"), std::string("https://ca.example/\x7F"),
        std::string("https://ca.example/\xC3\xA4"), std::string("https://x\0", 10),
        "https://" + std::string(248, 'a')}) {
    EXPECT_FALSE(AcmeAccountUri::parse(text)) << text;
  }
}

}  // namespace
}  // namespace sisu::relay
