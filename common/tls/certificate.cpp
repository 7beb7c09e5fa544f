#include "common/tls/certificate.hpp"

#include "common/base/durable_file.hpp"
#include "common/base/expects.hpp"
#include "common/tls/openssl_error.hpp"
#include "common/tls/openssl_handles.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <ctime>

namespace sisu::tls {
namespace {

constexpr std::size_t largest_chain_file = 1024 * 1024;
constexpr std::chrono::days clock_difference{1};
constexpr int serial_bits = 127;  // RFC 5280 4.1.2.2: positive, at most 20 octets

using SerialHandle = std::unique_ptr<BIGNUM, Release<BN_free>>;
using NamesHandle = std::unique_ptr<GENERAL_NAMES, Release<GENERAL_NAMES_free>>;

void set_serial(X509* certificate) {
  const SerialHandle serial(::BN_new());
  expects(::BN_rand(serial.get(), serial_bits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1, "OpenSSL's random numbers");
  expects(::BN_to_ASN1_INTEGER(serial.get(), ::X509_get_serialNumber(certificate)) != nullptr, "memory for a serial");
}

void set_lifetime(X509* certificate, std::chrono::days lifetime) {
  const int before = static_cast<int>(clock_difference.count());
  ::X509_time_adj_ex(::X509_getm_notBefore(certificate), -before, 0, nullptr);
  ::X509_time_adj_ex(::X509_getm_notAfter(certificate), static_cast<int>(lifetime.count()), 0, nullptr);
}

void add_extension(X509* certificate, int kind, const std::string& value) {
  X509V3_CTX context{};
  X509V3_set_ctx_nodb(&context);
  ::X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, Release<X509_EXTENSION_free>> extension(
      ::X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
  expects(extension != nullptr && ::X509_add_ext(certificate, extension.get(), -1) == 1, "a certificate extension");
}

/// RFC 5280 4.1.2.5 allows the year 9999; the clock's end is in 2262.
std::chrono::system_clock::time_point instant_of(const ASN1_TIME* time) {
  constexpr std::time_t latest = 9'000'000'000;
  std::tm parts{};
  expects(::ASN1_TIME_to_tm(time, &parts) == 1, "a time in the chain");
  return std::chrono::system_clock::from_time_t(std::clamp<std::time_t>(::timegm(&parts), 0, latest));
}

}  // namespace

CertificateChain CertificateChain::self_signed(const PrivateKey& key, const std::string& dns_name,
                                               std::chrono::days lifetime) {
  std::shared_ptr<X509> certificate(::X509_new(), &::X509_free);
  X509* raw = certificate.get();
  expects(raw != nullptr && ::X509_set_version(raw, X509_VERSION_3) == 1, "memory for a certificate");
  set_serial(raw);
  set_lifetime(raw, lifetime);
  ::X509_set_pubkey(raw, key.openssl());
  // A common name holds 64 characters at most (RFC 5280 A.1, ub-common-name); the name that counts is in the extension.
  if (dns_name.size() <= 64) {
    X509_NAME* subject = ::X509_get_subject_name(raw);
    const auto* text = reinterpret_cast<const unsigned char*>(dns_name.data());
    ::X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, text, static_cast<int>(dns_name.size()), -1, 0);
    ::X509_set_issuer_name(raw, subject);
  }
  add_extension(raw, NID_subject_alt_name, "DNS:" + dns_name);
  add_extension(raw, NID_basic_constraints, "critical,CA:FALSE");
  add_extension(raw, NID_key_usage, "critical,digitalSignature");
  add_extension(raw, NID_ext_key_usage, "serverAuth");
  expects(::X509_sign(raw, key.openssl(), ::EVP_sha256()) > 0, "OpenSSL to sign a certificate");
  return CertificateChain({std::move(certificate)});
}

Result<CertificateChain, CertificateError> CertificateChain::parse_pem(const std::string& pem) {
  const BioHandle bio(::BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  std::vector<std::shared_ptr<X509>> certificates;
  ::ERR_clear_error();
  while (X509* next = ::PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)) {
    certificates.emplace_back(next, &::X509_free);
    if (certificates.size() > longest) {
      return fail(CertificateError{"more than " + std::to_string(longest) + " certificates in one chain"});
    }
  }
  const bool at_end = ERR_GET_REASON(::ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  const std::string reason = take_reason("no certificate in PEM form");
  if (certificates.empty() || !at_end) return fail(CertificateError{"not a certificate in PEM form: " + reason});
  return CertificateChain(std::move(certificates));
}

Result<CertificateChain, CertificateError> CertificateChain::load(const std::filesystem::path& file) {
  const auto bytes = real_file_system().read(file, largest_chain_file);
  if (!bytes) return fail(file_error("read the certificate", file, bytes.error()));
  auto chain = parse_pem(*bytes);
  if (!chain) return fail(CertificateError{file.string() + ": " + chain.error().what});
  return chain;
}

std::string CertificateChain::to_pem() const {
  const BioHandle bio(::BIO_new(::BIO_s_mem()));
  for (const auto& certificate : certificates_) {
    expects(::PEM_write_bio_X509(bio.get(), certificate.get()) == 1, "OpenSSL to write a certificate");
  }
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

Result<void, CertificateError> CertificateChain::save(const std::filesystem::path& file) const {
  const auto written = write_durable_file(real_file_system(), file, to_pem(), 0644);
  if (!written) return fail(file_error("write the certificate", file, written.error()));
  return {};
}

bool CertificateChain::matches(const PrivateKey& key) const {
  const bool same = ::X509_check_private_key(certificates_.front().get(), key.openssl()) == 1;
  ::ERR_clear_error();
  return same;
}

bool CertificateChain::is_self_signed() const {
  const bool itself = ::X509_self_signed(certificates_.front().get(), 1) == 1;
  ::ERR_clear_error();
  return itself;
}

std::string CertificateChain::spki_sha256() const {
  return tls::spki_sha256(::X509_get0_pubkey(certificates_.front().get()));
}

std::vector<std::string> CertificateChain::dns_names() const {
  const NamesHandle names(static_cast<GENERAL_NAMES*>(
      ::X509_get_ext_d2i(certificates_.front().get(), NID_subject_alt_name, nullptr, nullptr)));
  std::vector<std::string> found;
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_DNS) continue;
    const auto* text = reinterpret_cast<const char*>(::ASN1_STRING_get0_data(name->d.dNSName));
    found.emplace_back(text, static_cast<std::size_t>(::ASN1_STRING_length(name->d.dNSName)));
  }
  return found;
}

std::chrono::system_clock::time_point CertificateChain::not_before() const {
  return instant_of(::X509_get0_notBefore(certificates_.front().get()));
}

std::chrono::system_clock::time_point CertificateChain::not_after() const {
  return instant_of(::X509_get0_notAfter(certificates_.front().get()));
}

}  // namespace sisu::tls
