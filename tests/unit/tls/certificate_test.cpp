#include "common/tls/certificate.hpp"

#include "tests/support/scratch_directory.hpp"

#include <gtest/gtest.h>

#include <set>
#include <sys/stat.h>

namespace sisu::tls {
namespace {

namespace fs = std::filesystem;
using test::ScratchDirectory;
using test::write_file;

constexpr std::chrono::days ten_years{3650};

mode_t mode_of(const fs::path& file) {
  struct stat about {};
  ::stat(file.c_str(), &about);
  return about.st_mode & 07777;
}

TEST(Certificate, a_self_signed_certificate_names_its_host_and_matches_its_key) {
  const PrivateKey key = PrivateKey::generate_p256();
  const CertificateChain chain = CertificateChain::self_signed(key, "niklas.v6.test", ten_years);
  EXPECT_EQ(chain.dns_names(), std::vector<std::string>{"niklas.v6.test"});
  EXPECT_TRUE(chain.matches(key));
  EXPECT_FALSE(chain.matches(PrivateKey::generate_p256()));
  EXPECT_EQ(chain.spki_sha256(), key.spki_sha256());
  EXPECT_EQ(key.spki_sha256().size(), 64U);
  EXPECT_GT(chain.not_after(), std::chrono::system_clock::now() + std::chrono::days(3648));
}

TEST(Certificate, a_host_name_too_long_for_a_common_name_is_still_certified) {
  const PrivateKey key = PrivateKey::generate_p256();
  std::string host(63, 'u');
  host.append(".v6.example.test");
  EXPECT_EQ(CertificateChain::self_signed(key, host, ten_years).dns_names(), std::vector<std::string>{host});
}

TEST(Certificate, key_and_chain_survive_saving_and_loading) {
  const ScratchDirectory place;
  const PrivateKey key = PrivateKey::generate_p256();
  const CertificateChain chain = CertificateChain::self_signed(key, "host.test", ten_years);
  ASSERT_TRUE(key.save(place / "key.pem"));
  ASSERT_TRUE(chain.save(place / "certificate.pem"));
  EXPECT_EQ(mode_of(place / "key.pem"), 0600U);
  EXPECT_EQ(mode_of(place / "certificate.pem"), 0644U);
  const auto loaded_key = PrivateKey::load(place / "key.pem");
  const auto loaded_chain = CertificateChain::load(place / "certificate.pem");
  ASSERT_TRUE(loaded_key && loaded_chain);
  EXPECT_EQ(loaded_key->spki_sha256(), key.spki_sha256());
  EXPECT_TRUE(loaded_chain->matches(*loaded_key));
}

TEST(Certificate, a_key_is_never_overwritten) {
  const ScratchDirectory place;
  const PrivateKey key = PrivateKey::generate_p256();
  ASSERT_TRUE(key.save(place / "key.pem"));
  EXPECT_FALSE(PrivateKey::generate_p256().save(place / "key.pem"));
  EXPECT_EQ(PrivateKey::load(place / "key.pem")->spki_sha256(), key.spki_sha256());
}

TEST(Certificate, a_key_that_others_may_read_is_refused) {
  const ScratchDirectory place;
  ASSERT_TRUE(PrivateKey::generate_p256().save(place / "key.pem"));
  ::chmod((place / "key.pem").c_str(), 0640);
  const auto refused = PrivateKey::load(place / "key.pem");
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().what.find("chmod 600"), std::string::npos) << refused.error().what;
}

TEST(Certificate, an_encrypted_key_is_refused_without_asking_the_terminal) {
  const char* const encrypted =
      "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
      "MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAhYNRDxRh4fVAICCAAw\n"
      "DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEKv0VPtIGYYWiXX5vvsAb2wEgZCQ\n"
      "XsOHt+eBVWvDtRPjNHCQDoxiVWf9UnbxqY6a1YmIKVHvLzYbEy0QtEXaNXvtZUIP\n"
      "jQx/8kR0c0FOFdZB3kYH2kqx7KQdJ1HFKTo9gjsLN1b6nZVQWSKdM1sSZDNcGHeJ\n"
      "5vDJMRMFq6fVYLd6hs+JzUa0pmxnH1sqmMAjb4Q7HbHVAJS8RCKoY1GNhXgdcuA=\n"
      "-----END ENCRYPTED PRIVATE KEY-----\n";
  const auto refused = PrivateKey::parse_pem(encrypted);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().what.find("encrypted"), std::string::npos) << refused.error().what;
}

TEST(Certificate, what_is_not_pem_is_refused_by_file_name) {
  const ScratchDirectory place;
  for (const std::string bytes : {"", "garbage", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
                                  "-----BEGIN PRIVATE KEY-----\n!!!!\n-----END PRIVATE KEY-----\n"}) {
    write_file(place / "bad.pem", bytes);
    ::chmod((place / "bad.pem").c_str(), 0600);
    const auto key = PrivateKey::load(place / "bad.pem");
    const auto chain = CertificateChain::load(place / "bad.pem");
    ASSERT_FALSE(key) << bytes;
    ASSERT_FALSE(chain) << bytes;
    EXPECT_NE(key.error().what.find("bad.pem"), std::string::npos);
    EXPECT_NE(chain.error().what.find("bad.pem"), std::string::npos);
  }
  EXPECT_FALSE(PrivateKey::load(place / "none.pem"));
  EXPECT_FALSE(CertificateChain::load(place / "none.pem"));
}

TEST(Certificate, a_chain_of_too_many_certificates_is_refused) {
  const PrivateKey key = PrivateKey::generate_p256();
  const std::string one = CertificateChain::self_signed(key, "host.test", ten_years).to_pem();
  std::string many;
  for (std::size_t i = 0; i < CertificateChain::longest; ++i) many += one;
  EXPECT_TRUE(CertificateChain::parse_pem(many));
  EXPECT_FALSE(CertificateChain::parse_pem(many + one));
}

TEST(Certificate, a_good_certificate_followed_by_a_broken_one_is_refused) {
  const PrivateKey key = PrivateKey::generate_p256();
  const std::string one = CertificateChain::self_signed(key, "host.test", ten_years).to_pem();
  EXPECT_FALSE(CertificateChain::parse_pem(one + "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"));
}

TEST(Certificate, serial_numbers_do_not_repeat) {
  const PrivateKey key = PrivateKey::generate_p256();
  std::set<std::string> seen;
  for (int i = 0; i < 5; ++i) seen.insert(CertificateChain::self_signed(key, "host.test", ten_years).to_pem());
  EXPECT_EQ(seen.size(), 5U);
}

TEST(Certificate, verification_takes_what_leads_to_the_ca_and_names_the_host) {
  const ScratchDirectory place;
  const PrivateKey key = PrivateKey::generate_p256();
  const CertificateChain chain = CertificateChain::self_signed(key, "host.test", ten_years);
  ASSERT_TRUE(chain.save(place / "ca.pem"));  // a self-signed certificate in the store is its own root
  EXPECT_TRUE(verify_chain(chain, "host.test", place / "ca.pem"));
  EXPECT_FALSE(verify_chain(chain, "other.test", place / "ca.pem"));
}

TEST(Certificate, verification_refuses_a_stranger_an_old_one_and_a_missing_ca) {
  const ScratchDirectory place;
  const PrivateKey key = PrivateKey::generate_p256();
  const CertificateChain chain = CertificateChain::self_signed(key, "host.test", ten_years);
  const auto stranger = verify_chain(chain, "host.test", std::nullopt);
  ASSERT_FALSE(stranger);
  EXPECT_NE(stranger.error().what.find("self-signed"), std::string::npos) << stranger.error().what;

  const CertificateChain old = CertificateChain::self_signed(key, "host.test", std::chrono::days(0));
  ASSERT_TRUE(old.save(place / "ca.pem"));
  const auto expired = verify_chain(old, "host.test", place / "ca.pem");
  ASSERT_FALSE(expired);
  EXPECT_NE(expired.error().what.find("expired"), std::string::npos) << expired.error().what;

  EXPECT_FALSE(verify_chain(chain, "host.test", place / "none.pem"));
}

}  // namespace
}  // namespace sisu::tls
