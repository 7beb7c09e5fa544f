#include "client/acme/csr.hpp"

#include "client/acme/documents/base64url.hpp"
#include "common/base/expects.hpp"
#include "common/tls/openssl_handles.hpp"

#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>

namespace sisu::acme {
namespace {

using tls::Release;
using RequestHandle = std::unique_ptr<X509_REQ, Release<X509_REQ_free>>;

void free_extensions(STACK_OF(X509_EXTENSION) * extensions) {
  ::sk_X509_EXTENSION_pop_free(extensions, ::X509_EXTENSION_free);
}
using ExtensionsHandle = std::unique_ptr<STACK_OF(X509_EXTENSION), Release<free_extensions>>;

void free_names(GENERAL_NAMES* names) { ::GENERAL_NAMES_free(names); }
using NamesHandle = std::unique_ptr<GENERAL_NAMES, Release<free_names>>;

/// subjectAltName from structures, not from OpenSSL's configuration language: a name is never a command.
ExtensionsHandle alternative_name(const std::string& host) {
  const NamesHandle names(sk_GENERAL_NAME_new_null());
  GENERAL_NAME* name = ::GENERAL_NAME_new();
  ASN1_IA5STRING* text = ::ASN1_IA5STRING_new();
  expects(names && name != nullptr && text != nullptr, "memory for a certification request");
  expects(::ASN1_STRING_set(text, host.data(), static_cast<int>(host.size())) == 1, "memory for a name");
  ::GENERAL_NAME_set0_value(name, GEN_DNS, text);
  sk_GENERAL_NAME_push(names.get(), name);
  STACK_OF(X509_EXTENSION)* extensions = nullptr;
  constexpr int critical = 1;  // RFC 5280 4.2.1.6: with an empty subject
  expects(::X509V3_add1_i2d(&extensions, NID_subject_alt_name, names.get(), critical, X509V3_ADD_APPEND) == 1,
          "OpenSSL to encode a name");
  return ExtensionsHandle(extensions);
}

std::string octets_of(const ASN1_STRING* text) {
  return {reinterpret_cast<const char*>(::ASN1_STRING_get0_data(text)),
          static_cast<std::size_t>(::ASN1_STRING_length(text))};
}

/// The contents of the INTEGER in DER: a positive number whose first bit is set begins with a zero octet.
std::string der_contents(const ASN1_INTEGER* number) {
  std::string octets = octets_of(number);
  if (octets.empty() || (static_cast<unsigned char>(octets.front()) & 0x80) != 0) octets.insert(0, 1, '\0');
  return octets;
}

}  // namespace

std::string make_csr(const tls::PrivateKey& key, const std::string& host) {
  const RequestHandle request(::X509_REQ_new());
  expects(request != nullptr, "memory for a certification request");
  ::X509_REQ_set_version(request.get(), 0);
  const ExtensionsHandle extensions = alternative_name(host);
  expects(::X509_REQ_add_extensions(request.get(), extensions.get()) == 1, "OpenSSL to take an extension");
  expects(::X509_REQ_set_pubkey(request.get(), key.openssl()) == 1, "OpenSSL to take a key");
  expects(::X509_REQ_sign(request.get(), key.openssl(), ::EVP_sha256()) > 0, "OpenSSL to sign a request");
  unsigned char* der = nullptr;
  const int size = ::i2d_X509_REQ(request.get(), &der);
  expects(size > 0, "OpenSSL to encode a request");
  std::string bytes(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  ::OPENSSL_free(der);
  return bytes;
}

std::optional<std::string> certificate_id(const tls::CertificateChain& chain) {
  X509* certificate = chain.certificates().front().get();
  const ASN1_OCTET_STRING* issuer_key = ::X509_get0_authority_key_id(certificate);
  const ASN1_INTEGER* serial = ::X509_get0_serialNumber(certificate);
  if (issuer_key == nullptr || serial == nullptr) return std::nullopt;
  return to_base64url(octets_of(issuer_key)) + "." + to_base64url(der_contents(serial));
}

}  // namespace sisu::acme
