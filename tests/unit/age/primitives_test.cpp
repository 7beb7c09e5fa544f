// Base64, Bech32, HKDF, X25519 and the way from Edwards to Montgomery, by published vectors.
#include "common/age/aead.hpp"
#include "common/age/base64.hpp"
#include "common/age/bech32.hpp"
#include "common/age/hkdf.hpp"
#include "tests/unit/age/age_fixture.hpp"

#include <gtest/gtest.h>
#include <openssl/err.h>

namespace sisu::age::test {
namespace {

Bytes bytes_of(std::string_view text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }

TEST(AgeBase64, octets_come_back) {
  // RFC 4648 10, without the padding.
  for (const auto& [plain, text] :
       std::initializer_list<std::pair<std::string_view, std::string_view>>{{"", ""},
                                                                            {"f", "Zg"},
                                                                            {"fo", "Zm8"},
                                                                            {"foo", "Zm9v"},
                                                                            {"foob", "Zm9vYg"},
                                                                            {"fooba", "Zm9vYmE"},
                                                                            {"foobar", "Zm9vYmFy"},
                                                                            {"\xff\xff\xfe", "///+"}}) {
    EXPECT_EQ(encode_base64(bytes_of(plain)), text);
    const auto decoded = decode_base64(text);
    ASSERT_TRUE(decoded) << text;
    EXPECT_EQ(std::string(decoded->begin(), decoded->end()), plain);
  }
}

TEST(AgeBase64, other_spellings_are_refused) {
  for (const char* text :
       {"Zg==", "Zg=", "Zh", "Zm9=", "Zm9", "Zm9vY", "A", "Zm 9", "Zm9v\n", "-_-_", "Zm9v\r", "=", "é"})
    EXPECT_FALSE(decode_base64(text)) << text;
  EXPECT_FALSE(decode_base64(std::string_view("Zm\0v", 4)));
  std::array<std::uint8_t, 2> room{};
  EXPECT_TRUE(decode_base64("Zm8", room));
  EXPECT_FALSE(decode_base64("Zg", room)) << "an octet too few";
  EXPECT_FALSE(decode_base64("Zm9v", room)) << "an octet too many";
}

TEST(AgeBech32, keys_are_read_in_either_case_but_not_in_both) {
  // The specification's example keys.
  std::array<std::uint8_t, 32> key{};
  ASSERT_TRUE(decode_bech32("AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX",
                            "age-secret-key-", key));
  EXPECT_EQ(key, (std::array<std::uint8_t, 32>{0x42, 0x42, 0x42, 0x42, 0x42, 0x42, 0x42, 0x42, 0x42, 0x42, 0x42,
                                               0x42, 0x42, 0x42, 0x42, 0x42, 0x42, 0x42, 0x42, 0x42, 0x42, 0x42,
                                               0x42, 0x42, 0x42, 0x42, 0x42, 0x42, 0x42, 0x42, 0x42, 0x42}));
  EXPECT_TRUE(decode_bech32("age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj", "age", key));
  EXPECT_TRUE(decode_bech32("AGE1ZVKYG2LQZRAA2LNJVQEJ32NKUU0UES2S82HZRYE869XEEXVN73EQUNUJWJ", "age", key));
  EXPECT_FALSE(decode_bech32("age1ZVKYG2LQZRAA2LNJVQEJ32NKUU0UES2S82HZRYE869XEEXVN73EQUNUJWJ", "age", key));
}

TEST(AgeBech32, an_alteration_of_any_character_is_refused) {
  for (std::size_t at = 0; at < x25519_recipient.size(); ++at) {
    std::string text(x25519_recipient);
    std::array<std::uint8_t, 32> key{};
    for (const char c : std::string_view("qpzry9x8gf2tvdw0s3jn54khce6mua7lbio1 B\0", 39)) {
      text[at] = c;
      if (text == x25519_recipient) continue;
      EXPECT_FALSE(decode_bech32(text, "age", key)) << text;
    }
  }
  std::array<std::uint8_t, 32> key{};
  const std::string text(x25519_recipient);
  for (const std::string& other : {text.substr(1), text.substr(0, text.size() - 1), text + "q", std::string(),
                                   std::string("age1"), "pge" + text.substr(3)}) {
    EXPECT_FALSE(decode_bech32(other, "age", key)) << other;
  }
}

TEST(AgeHkdf, rfc_5869_test_cases) {
  const std::vector<std::uint8_t> key(22, 0x0b);
  const auto salt = from_hex("000102030405060708090a0b0c");
  const auto info = from_hex("f0f1f2f3f4f5f6f7f8f9");
  EXPECT_EQ(to_hex(hkdf(key, salt, {reinterpret_cast<const char*>(info.data()), info.size()}).bytes()),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf");
  EXPECT_EQ(to_hex(hkdf(key, {}, "").bytes()), "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d");
}

TEST(AgeX25519, rfc_7748_vectors) {
  const struct {
    std::string_view scalar, point, product;
  } vectors[] = {{"a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
                  "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
                  "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552"},
                 {"4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
                  "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
                  "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957"}};
  for (const auto& vector : vectors) {
    const auto product = x25519(secret_of(vector.scalar), point_of(vector.point));
    ASSERT_TRUE(product);
    EXPECT_EQ(to_hex(product->bytes()), vector.product);
  }
}

const std::string_view low_order_points[] = {
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000080",
};

TEST(AgeX25519, points_of_low_order_have_no_product_and_leave_no_error_to_a_tls_connection) {
  const auto scalar = secret_of("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4");
  for (const auto point : low_order_points) {
    EXPECT_FALSE(x25519(scalar, point_of(point))) << point;
    EXPECT_TRUE(has_low_order(point_of(point))) << point;
    EXPECT_EQ(X25519Recipient::from_point(point_of(point)).error(), Error::low_order_point) << point;
  }
  EXPECT_EQ(::ERR_peek_error(), 0U);
  EXPECT_FALSE(has_low_order(point_of("0900000000000000000000000000000000000000000000000000000000000000")));
}

TEST(AgeMontgomery, the_base_point_is_the_base_point) {
  const auto base = to_montgomery(point_of("5866666666666666666666666666666666666666666666666666666666666666"));
  ASSERT_TRUE(base);
  EXPECT_EQ(to_hex(*base), "0900000000000000000000000000000000000000000000000000000000000000");
}

TEST(AgeMontgomery, what_is_no_point_is_refused) {
  for (const std::string_view key :
       {"0200000000000000000000000000000000000000000000000000000000000000",  // on the twist
        "0100000000000000000000000000000000000000000000000000000000000000",  // the neutral element
        "0100000000000000000000000000000000000000000000000000000000000080",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",  // 1 and 4, plus the prime
        "f1ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"}) {
    EXPECT_FALSE(to_montgomery(point_of(key))) << key;
    EXPECT_EQ(SshEd25519Recipient::from_key(point_of(key)).error(), Error::not_on_the_curve) << key;
  }
}

TEST(AgeMontgomery, ssh_keys_of_low_order_are_refused) {
  for (const std::string_view key : {"0000000000000000000000000000000000000000000000000000000000000000",
                                     "0000000000000000000000000000000000000000000000000000000000000080",
                                     "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                                     "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
                                     "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"})
    EXPECT_EQ(SshEd25519Recipient::from_key(point_of(key)).error(), Error::low_order_point) << key;
}

TEST(AgeAead, a_wrong_tag_wipes_what_was_opened_and_leaves_no_error_to_a_tls_connection) {
  Aead aead(secret_of(ssh_seed));
  const std::string plain = "a letter";
  std::array<std::uint8_t, 8 + tag_bytes> sealed{};
  aead.seal(Nonce{}, bytes_of(plain), sealed);
  std::array<std::uint8_t, 8> out{};
  ASSERT_TRUE(aead.open(Nonce{}, sealed, out));
  EXPECT_EQ(std::string(out.begin(), out.end()), plain);
  for (std::size_t at = 0; at < sealed.size(); ++at) {
    sealed[at] ^= 1;
    out.fill(7);
    EXPECT_FALSE(aead.open(Nonce{}, sealed, out));
    EXPECT_EQ(out, (std::array<std::uint8_t, 8>{}));
    sealed[at] ^= 1;
  }
  EXPECT_FALSE(aead.open(Nonce{1}, sealed, out));
  EXPECT_EQ(::ERR_peek_error(), 0U);
}

}  // namespace
}  // namespace sisu::age::test
