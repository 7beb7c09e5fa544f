#include "client/acme/account_key.hpp"

#include "client/acme/documents/base64url.hpp"
#include "common/base/expects.hpp"
#include "common/tls/openssl_handles.hpp"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

#include <array>
#include <memory>

namespace sisu::acme {
namespace {

constexpr std::size_t coordinate_octets = 32;  // of P-256 (RFC 7518 6.2.1.2)
constexpr std::size_t point_octets = 1 + 2 * coordinate_octets;

using tls::Release;
using DigestHandle = std::unique_ptr<EVP_MD_CTX, Release<EVP_MD_CTX_free>>;
using SignatureHandle = std::unique_ptr<ECDSA_SIG, Release<ECDSA_SIG_free>>;

bool is_p256(EVP_PKEY* key) {
  std::array<char, 64> group{};
  std::size_t size = 0;
  return ::EVP_PKEY_get_base_id(key) == EVP_PKEY_EC &&
         ::EVP_PKEY_get_group_name(key, group.data(), group.size(), &size) == 1 &&
         std::string_view(group.data(), size) == SN_X9_62_prime256v1;
}

/// An uncompressed point: 0x04, x, y (SEC 1 2.3.3).
std::string public_point(EVP_PKEY* key) {
  unsigned char* bytes = nullptr;
  const std::size_t size = ::EVP_PKEY_get1_encoded_public_key(key, &bytes);
  expects(size == point_octets && bytes[0] == 0x04, "an uncompressed point on P-256");
  std::string point(reinterpret_cast<const char*>(bytes), size);
  ::OPENSSL_free(bytes);
  return point;
}

std::string jwk_of(EVP_PKEY* key) {
  const std::string point = public_point(key);
  const std::string x = to_base64url(std::string_view(point).substr(1, coordinate_octets));
  const std::string y = to_base64url(std::string_view(point).substr(1 + coordinate_octets));
  return R"({"crv":"P-256","kty":"EC","x":")" + x + R"(","y":")" + y + R"("})";
}

void append_number(std::string& out, const BIGNUM* number) {
  std::array<unsigned char, coordinate_octets> bytes{};
  expects(::BN_bn2binpad(number, bytes.data(), static_cast<int>(bytes.size())) >= 0, "a number of 32 octets");
  out.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

}  // namespace

AccountKey AccountKey::generate() {
  auto key = tls::PrivateKey::generate_p256();
  std::string jwk = jwk_of(key.openssl());
  return {std::move(key), std::move(jwk)};
}

Result<AccountKey, tls::CertificateError> AccountKey::from(tls::PrivateKey key) {
  if (!is_p256(key.openssl())) return fail(tls::CertificateError{"not an ECDSA key on P-256"});
  std::string jwk = jwk_of(key.openssl());
  return AccountKey(std::move(key), std::move(jwk));
}

std::string AccountKey::thumbprint() const { return sha256_base64url(jwk_); }

std::string AccountKey::sign(std::string_view message) const {
  const DigestHandle context(::EVP_MD_CTX_new());
  expects(::EVP_DigestSignInit(context.get(), nullptr, ::EVP_sha256(), nullptr, key_.openssl()) == 1,
          "OpenSSL to sign");
  const auto* bytes = reinterpret_cast<const unsigned char*>(message.data());
  std::array<unsigned char, 80> der{};  // SEQUENCE of two INTEGERs of at most 33 octets
  std::size_t size = der.size();
  expects(::EVP_DigestSign(context.get(), der.data(), &size, bytes, message.size()) == 1, "OpenSSL to sign");
  const unsigned char* next = der.data();
  const SignatureHandle pair(::d2i_ECDSA_SIG(nullptr, &next, static_cast<long>(size)));
  expects(pair != nullptr, "a signature of OpenSSL's own");
  std::string signature;
  append_number(signature, ::ECDSA_SIG_get0_r(pair.get()));
  append_number(signature, ::ECDSA_SIG_get0_s(pair.get()));
  return signature;
}

std::string sha256_base64url(std::string_view text) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  ::SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  return to_base64url({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

}  // namespace sisu::acme
