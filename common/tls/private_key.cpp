#include "common/tls/private_key.hpp"

#include "common/base/durable_file.hpp"
#include "common/base/expects.hpp"
#include "common/tls/openssl_error.hpp"
#include "common/tls/openssl_handles.hpp"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/sha.h>

#include <array>
#include <sys/stat.h>

namespace sisu::tls {
namespace {

constexpr std::size_t largest_key_file = 64 * 1024;  // an RSA-16384 key in PEM has 13 kB

/// An encrypted key is refused instead of OpenSSL asking on the terminal of a daemon.
int no_passphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

}  // namespace

CertificateError file_error(const char* action, const std::filesystem::path& file, std::error_code why) {
  return {"cannot " + std::string(action) + " " + file.string() + ": " + why.message()};
}

PrivateKey::PrivateKey(evp_pkey_st* key) : key_(key, &::EVP_PKEY_free) {}

PrivateKey PrivateKey::generate_p256() {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  expects(key != nullptr, "OpenSSL to make a P-256 key");
  return PrivateKey(key);
}

Result<PrivateKey, CertificateError> PrivateKey::parse_pem(const std::string& pem) {
  const BioHandle bio(::BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  bool asked = false;
  ::ERR_clear_error();
  EVP_PKEY* key = ::PEM_read_bio_PrivateKey(bio.get(), nullptr, &no_passphrase, &asked);
  const std::string reason = take_reason("no private key in PEM form");
  if (key != nullptr) return PrivateKey(key);
  if (asked) return fail(CertificateError{"the private key is encrypted: give it without a passphrase, mode 0600"});
  return fail(CertificateError{"not a private key in PEM form: " + reason});
}

Result<PrivateKey, CertificateError> PrivateKey::load(const std::filesystem::path& file) {
  const auto bytes = real_file_system().read(file, largest_key_file);
  if (!bytes) return fail(file_error("read the private key", file, bytes.error()));
  struct stat about {};
  if (::stat(file.c_str(), &about) == 0 && (about.st_mode & 077) != 0) {
    return fail(CertificateError{"others may read the private key " + file.string() + ": chmod 600 it"});
  }
  auto key = parse_pem(*bytes);
  if (!key) return fail(CertificateError{file.string() + ": " + key.error().what});
  return key;
}

std::string PrivateKey::to_pem() const {
  const BioHandle bio(::BIO_new(::BIO_s_mem()));
  expects(::PEM_write_bio_PKCS8PrivateKey(bio.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1,
          "OpenSSL to write a key");
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

Result<void, CertificateError> PrivateKey::save(const std::filesystem::path& file) const {
  FileSystem& files = real_file_system();
  if (files.status(file)) {
    return fail(file_error("write the private key", file, std::make_error_code(std::errc::file_exists)));
  }
  const auto written = write_durable_file(files, file, to_pem(), 0600);
  if (!written) return fail(file_error("write the private key", file, written.error()));
  return {};
}

std::string PrivateKey::spki_sha256() const { return tls::spki_sha256(key_.get()); }

std::string spki_sha256(evp_pkey_st* key) {
  unsigned char* der = nullptr;
  const int size = ::i2d_PUBKEY(key, &der);
  expects(size > 0, "OpenSSL to encode a public key");
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  ::SHA256(der, static_cast<std::size_t>(size), digest.data());
  ::OPENSSL_free(der);
  static constexpr char digits[] = "0123456789abcdef";
  std::string hex;
  for (const unsigned char byte : digest) {
    hex += digits[byte >> 4];
    hex += digits[byte & 0x0F];
  }
  return hex;
}

}  // namespace sisu::tls
