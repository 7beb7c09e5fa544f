#include "client/acme/jws.hpp"

#include "client/acme/documents/base64url.hpp"
#include "tests/unit/client/acme/opened_jws.hpp"

#include <gtest/gtest.h>

namespace sisu::acme {
namespace {

// The private key of RFC 7515 A.3.1, as openssl writes it.
constexpr const char* key_of_rfc_7515 = R"(-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgjpsQnnGQmL+YBIff
H1136cspYG6+0iY7X1fCE9+E9LKhRANCAAR/zc4ncPbEXUGDy+5v20t7WAczNXvp
7xO6z248e9FURcfxRM0bvZt+hyzf7bnuufSzaV1uqQskrYpGIyiFiOWt
-----END PRIVATE KEY-----
)";

AccountKey key_a3() {
  auto pem = tls::PrivateKey::parse_pem(key_of_rfc_7515);
  EXPECT_TRUE(pem);
  return AccountKey::from(*pem).value();
}

TEST(Thumbprint, the_vector_of_rfc_7638) {
  // 3.1: the RSA key's required members in order.
  const std::string canonical =
      R"({"e":"AQAB","kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L)"
      R"(6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMi)"
      R"(cAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_x)"
      R"(BniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"})";
  EXPECT_EQ(sha256_base64url(canonical), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
}

TEST(AccountKey, its_jwk_is_that_of_rfc_7515_a_3) {
  const AccountKey key = key_a3();
  EXPECT_EQ(key.jwk(), R"({"crv":"P-256","kty":"EC","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
                       R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})");
  EXPECT_EQ(key.thumbprint(), sha256_base64url(key.jwk()));
  EXPECT_EQ(key.thumbprint().size(), 43U);
}

TEST(AccountKey, the_signature_of_rfc_7515_a_3_verifies_and_so_do_ours) {
  const AccountKey key = key_a3();
  const std::string input =
      "eyJhbGciOiJFUzI1NiJ9."
      "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVl"
      "fQ";
  const auto signature =
      from_base64url("DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q");
  ASSERT_TRUE(signature);
  EXPECT_TRUE(test::verifies(key, input, *signature));
  EXPECT_FALSE(test::verifies(key, input + "x", *signature));
  const std::string ours = key.sign(input);
  EXPECT_EQ(ours.size(), 64U);
  EXPECT_TRUE(test::verifies(key, input, ours));
}

TEST(AccountKey, numbers_keep_their_leading_zeros) {
  const AccountKey key = AccountKey::generate();
  for (int i = 0; i < 600; ++i) ASSERT_EQ(key.sign(std::to_string(i)).size(), 64U);
}

TEST(Jws, a_request_without_an_account_carries_the_key) {
  const AccountKey key = key_a3();
  const auto opened = test::open(sign_request(key, {"https://ca/new", "n0nce", std::nullopt}, R"({"a":1})"));
  EXPECT_EQ(opened.protected_header,
            R"({"alg":"ES256","jwk":)" + key.jwk() + R"(,"nonce":"n0nce","url":"https://ca/new"})");
  EXPECT_EQ(opened.payload, R"({"a":1})");
  EXPECT_TRUE(test::verifies(key, opened.signing_input, opened.signature));
}

TEST(Jws, a_request_of_an_account_names_it_and_not_the_key) {
  const AccountKey key = AccountKey::generate();
  const auto opened = test::open(sign_request(key, {"https://ca/order", "n0nce", "https://ca/acct/1"}, ""));
  EXPECT_EQ(opened.protected_header,
            R"({"alg":"ES256","kid":"https://ca/acct/1","nonce":"n0nce","url":"https://ca/order"})");
  EXPECT_EQ(opened.payload, "") << "POST-as-GET (RFC 8555 6.3)";
  EXPECT_TRUE(test::verifies(key, opened.signing_input, opened.signature));
}

TEST(Jws, the_hmac_of_rfc_7515_a_1) {
  const auto key =
      from_base64url("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow");
  ASSERT_TRUE(key);
  const std::string mac = hmac_sha256(*key,
                                      "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
                                      "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvb"
                                      "S9pc19yb290Ijp0cnVlfQ");
  EXPECT_EQ(to_base64url(mac), "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
}

TEST(Jws, an_external_account_signs_the_new_accounts_key) {
  const AccountKey key = AccountKey::generate();
  const ExternalAccount external{"kid \"1\"", "secret"};
  const auto opened = test::open(bind_external_account(external, key, "https://ca/new-account"));
  EXPECT_EQ(opened.protected_header, R"({"alg":"HS256","kid":"kid \"1\"","url":"https://ca/new-account"})");
  EXPECT_EQ(opened.payload, key.jwk());
  EXPECT_EQ(opened.signature, hmac_sha256("secret", opened.signing_input));
}

TEST(AccountKey, keys_of_another_kind_are_refused) {
  const auto p384 = tls::PrivateKey::parse_pem(test::p384_key());
  ASSERT_TRUE(p384);
  EXPECT_FALSE(AccountKey::from(*p384));
}

}  // namespace
}  // namespace sisu::acme
