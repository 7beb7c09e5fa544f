#include "tests/unit/client/acme/opened_jws.hpp"

#include "client/acme/documents/base64url.hpp"
#include "client/acme/documents/json_object.hpp"
#include "common/tls/openssl_handles.hpp"

#include <gtest/gtest.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/pem.h>

namespace sisu::acme::test {

OpenedJws open(const std::string& jws) {
  const auto object = JsonObject::parse(jws);
  if (!object) {
    ADD_FAILURE() << "no JSON object: " << jws;
    return {};
  }
  const auto part = [&](const char* name) {
    const auto bytes = from_base64url(object->text(name).value_or("="));
    EXPECT_TRUE(bytes) << name;
    return bytes.value_or("");
  };
  return {part("protected"), part("payload"), part("signature"),
          object->text("protected").value_or("") + "." + object->text("payload").value_or("")};
}

bool verifies(const AccountKey& key, const std::string& message, const std::string& signature) {
  if (signature.size() != 64) return false;
  const auto* octets = reinterpret_cast<const unsigned char*>(signature.data());
  const std::unique_ptr<ECDSA_SIG, tls::Release<ECDSA_SIG_free>> pair(::ECDSA_SIG_new());
  ::ECDSA_SIG_set0(pair.get(), ::BN_bin2bn(octets, 32, nullptr), ::BN_bin2bn(octets + 32, 32, nullptr));
  unsigned char* der = nullptr;
  const int size = ::i2d_ECDSA_SIG(pair.get(), &der);
  const std::unique_ptr<EVP_MD_CTX, tls::Release<EVP_MD_CTX_free>> context(::EVP_MD_CTX_new());
  ::EVP_DigestVerifyInit(context.get(), nullptr, ::EVP_sha256(), nullptr, key.private_key().openssl());
  const int good = ::EVP_DigestVerify(context.get(), der, static_cast<std::size_t>(size),
                                      reinterpret_cast<const unsigned char*>(message.data()), message.size());
  ::OPENSSL_free(der);
  return good == 1;
}

std::string p384_key() {
  const tls::PkeyHandle key(EVP_EC_gen("P-384"));
  const tls::BioHandle bio(::BIO_new(::BIO_s_mem()));
  ::PEM_write_bio_PKCS8PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

}  // namespace sisu::acme::test
