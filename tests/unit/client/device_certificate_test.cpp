#include "client/certificates/device_certificate.hpp"

#include "tests/support/scratch_directory.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>

namespace sisu::client {
namespace {

class DeviceCertificate : public ::testing::Test {
 protected:
  CertificateOptions options() const {
    CertificateOptions made;
    made.host = "niklas.v6.test";
    made.directory = place.path();
    return made;
  }

  /// Options with a key and a certificate in files of their own.
  CertificateOptions with_files(const tls::PrivateKey& key, const tls::CertificateChain& chain) const {
    CertificateOptions made = options();
    made.key_file = place / "given-key.pem";
    made.certificate_file = place / "given-certificate.pem";
    EXPECT_TRUE(key.save(*made.key_file));
    EXPECT_TRUE(chain.save(*made.certificate_file));
    return made;
  }

  test::ScratchDirectory place;
};

TEST_F(DeviceCertificate, the_first_start_makes_key_and_certificate_and_the_next_ones_keep_them) {
  const auto first = obtain_certificate(options());
  ASSERT_TRUE(first) << first.error();
  EXPECT_TRUE(first->key_is_new);
  EXPECT_TRUE(first->chain_is_new);
  EXPECT_EQ(first->chain.dns_names(), std::vector<std::string>{"niklas.v6.test"});
  struct stat about {};
  ASSERT_EQ(::stat((place / "tls-key.pem").c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0600U);

  const auto again = obtain_certificate(options());
  ASSERT_TRUE(again);
  EXPECT_FALSE(again->key_is_new);
  EXPECT_FALSE(again->chain_is_new);
  EXPECT_EQ(again->chain.to_pem(), first->chain.to_pem());
}

TEST_F(DeviceCertificate, another_host_name_gets_a_new_certificate_over_the_same_key) {
  const auto first = obtain_certificate(options());
  CertificateOptions other = options();
  other.host = "anna.v6.test";
  const auto second = obtain_certificate(other);
  ASSERT_TRUE(first && second);
  EXPECT_TRUE(second->chain_is_new);
  EXPECT_FALSE(second->key_is_new);
  EXPECT_EQ(second->chain.spki_sha256(), first->chain.spki_sha256()) << "a TLSA record stays true";
}

TEST_F(DeviceCertificate, a_lost_broken_or_foreign_certificate_is_made_again) {
  const auto first = obtain_certificate(options());
  ASSERT_TRUE(first);
  const auto foreign =
      tls::CertificateChain::self_signed(tls::PrivateKey::generate_p256(), "niklas.v6.test", std::chrono::days(999));
  const auto ending = tls::CertificateChain::self_signed(first->key, "niklas.v6.test", std::chrono::days(20));
  for (const std::string& pem : {std::string("garbage"), foreign.to_pem(), ending.to_pem()}) {
    test::write_file(place / "tls-certificate.pem", pem);
    const auto again = obtain_certificate(options());
    ASSERT_TRUE(again);
    EXPECT_TRUE(again->chain_is_new);
    EXPECT_TRUE(again->chain.matches(first->key));
  }
}

TEST_F(DeviceCertificate, a_broken_key_is_an_error_and_never_replaced) {
  test::write_file(place / "tls-key.pem", "garbage");
  ::chmod((place / "tls-key.pem").c_str(), 0600);
  const auto refused = obtain_certificate(options());
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().find("tls-key.pem"), std::string::npos) << refused.error();
  EXPECT_EQ(test::read_file(place / "tls-key.pem"), "garbage");
}

TEST_F(DeviceCertificate, given_files_are_used_and_must_belong_together) {
  const auto key = tls::PrivateKey::generate_p256();
  const auto chain = tls::CertificateChain::self_signed(key, "other.test", std::chrono::days(9));
  CertificateOptions given = with_files(key, chain);
  const auto used = obtain_certificate(given);
  ASSERT_TRUE(used) << used.error();
  EXPECT_EQ(used->chain.to_pem(), chain.to_pem()) << "pragmatic: whatever the user gave";
  EXPECT_FALSE(std::filesystem::exists(place / "tls-key.pem")) << "no key of its own is made then";

  ASSERT_TRUE(tls::PrivateKey::generate_p256().save(place / "another-key.pem"));
  given.key_file = place / "another-key.pem";
  const auto refused = obtain_certificate(given);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().find("does not belong"), std::string::npos) << refused.error();
}

TEST_F(DeviceCertificate, missing_files_are_named_with_their_option) {
  CertificateOptions missing = options();
  missing.certificate_file = place / "none.pem";
  missing.key_file = place / "none.key";
  const auto refused = obtain_certificate(missing);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().find("--tls-cert"), std::string::npos) << refused.error();
  EXPECT_NE(refused.error().find("none.pem"), std::string::npos) << refused.error();
}

TEST_F(DeviceCertificate, strict_refuses_a_self_signed_one_and_says_what_to_do) {
  CertificateOptions strict = options();
  strict.policy = TlsPolicy::strict;
  const auto refused = obtain_certificate(strict);
  ASSERT_FALSE(refused);
  for (const char* word : {"strict", "self-signed", "--tls-cert", "--tls-key", "--tls-ca", "pragmatic"}) {
    EXPECT_NE(refused.error().find(word), std::string::npos) << refused.error();
  }
}

TEST_F(DeviceCertificate, strict_takes_a_chain_that_leads_to_the_given_ca_and_names_the_host) {
  const auto key = tls::PrivateKey::generate_p256();
  const auto chain = tls::CertificateChain::self_signed(key, "niklas.v6.test", std::chrono::days(9));
  CertificateOptions strict = with_files(key, chain);
  strict.policy = TlsPolicy::strict;
  strict.ca_file = strict.certificate_file;
  EXPECT_TRUE(obtain_certificate(strict));
  strict.host = "anna.v6.test";
  const auto refused = obtain_certificate(strict);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().find("anna.v6.test"), std::string::npos) << refused.error();
}

}  // namespace
}  // namespace sisu::client
