#include "client/acme/csr.hpp"

#include "common/tls/openssl_handles.hpp"

#include <gtest/gtest.h>
#include <openssl/x509v3.h>

namespace sisu::acme {
namespace {

class Csr : public ::testing::Test {
 protected:
  Csr() {
    const std::string der = make_csr(key, host);
    const auto* next = reinterpret_cast<const unsigned char*>(der.data());
    request.reset(::d2i_X509_REQ(nullptr, &next, static_cast<long>(der.size())));
  }

  std::string host = "niklas.v6.example.org";
  tls::PrivateKey key = tls::PrivateKey::generate_p256();
  std::unique_ptr<X509_REQ, tls::Release<X509_REQ_free>> request;
};

TEST_F(Csr, it_is_signed_by_the_key_that_it_names) {
  ASSERT_TRUE(request);
  const tls::PkeyHandle named(::X509_REQ_get_pubkey(request.get()));
  EXPECT_EQ(tls::spki_sha256(named.get()), key.spki_sha256());
  EXPECT_EQ(::X509_REQ_verify(request.get(), named.get()), 1);
  const auto other = tls::PrivateKey::generate_p256();
  EXPECT_NE(::X509_REQ_verify(request.get(), other.openssl()), 1);
}

TEST_F(Csr, it_asks_for_one_name_in_subject_alt_name_and_no_subject) {
  ASSERT_TRUE(request);
  EXPECT_EQ(X509_NAME_entry_count(::X509_REQ_get_subject_name(request.get())), 0);
  auto* extensions = ::X509_REQ_get_extensions(request.get());
  int critical = -1;
  auto* names = static_cast<GENERAL_NAMES*>(::X509V3_get_d2i(extensions, NID_subject_alt_name, &critical, nullptr));
  ASSERT_NE(names, nullptr);
  EXPECT_EQ(critical, 1);
  ASSERT_EQ(sk_GENERAL_NAME_num(names), 1);
  const GENERAL_NAME* name = sk_GENERAL_NAME_value(names, 0);
  ASSERT_EQ(name->type, GEN_DNS);
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(::ASN1_STRING_get0_data(name->d.dNSName))), host);
  ::GENERAL_NAMES_free(names);
  ::sk_X509_EXTENSION_pop_free(extensions, ::X509_EXTENSION_free);
}

TEST(CertificateId, the_vector_of_rfc_9773) {
  const auto chain = tls::CertificateChain::parse_pem(R"(-----BEGIN CERTIFICATE-----
MIIBQzCB66ADAgECAgUAh2VDITAKBggqhkjOPQQDAjAVMRMwEQYDVQQDEwpFeGFt
cGxlIENBMCIYDzAwMDEwMTAxMDAwMDAwWhgPMDAwMTAxMDEwMDAwMDBaMBYxFDAS
BgNVBAMTC2V4YW1wbGUuY29tMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEeBZu
7cbpAYNXZLbbh8rNIzuOoqOOtmxA1v7cRm//AwyMwWxyHz4zfwmBhcSrf47NUAFf
qzLQ2PPQxdTXREYEnKMjMCEwHwYDVR0jBBgwFoAUaYhba4dGQEHhs3uEe6CuLN4B
yNQwCgYIKoZIzj0EAwIDRwAwRAIge09+S5TZAlw5tgtiVvuERV6cT4mfutXIlwTb
+FYN/8oCIClDsqBklhB9KAelFiYt9+6FDj3z4KGVelYM5MdsO3pK
-----END CERTIFICATE-----
)");
  ASSERT_TRUE(chain) << chain.error().what;
  EXPECT_EQ(certificate_id(*chain), "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE");
  // It is valid in the year 1, which no clock of ours shows.
  EXPECT_EQ(chain->not_before(), std::chrono::system_clock::time_point());
  EXPECT_EQ(chain->not_after(), std::chrono::system_clock::time_point());
}

TEST(CertificateId, a_self_signed_one_has_none) {
  const auto key = tls::PrivateKey::generate_p256();
  EXPECT_FALSE(certificate_id(tls::CertificateChain::self_signed(key, "a.test", std::chrono::days(9))));
}

}  // namespace
}  // namespace sisu::acme
