#include "common/base/expects.hpp"
#include "common/tls/certificate.hpp"
#include "common/tls/openssl_error.hpp"
#include "common/tls/openssl_handles.hpp"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

namespace sisu::tls {
namespace {

using StoreHandle = std::unique_ptr<X509_STORE, Release<X509_STORE_free>>;
using StoreContextHandle = std::unique_ptr<X509_STORE_CTX, Release<X509_STORE_CTX_free>>;

/// Borrows the certificates: the stack is freed, they are not.
void free_stack(STACK_OF(X509) * stack) { ::sk_X509_free(stack); }
using StackHandle = std::unique_ptr<STACK_OF(X509), Release<free_stack>>;

StackHandle intermediates_of(const CertificateChain& chain) {
  StackHandle stack(sk_X509_new_null());
  for (std::size_t i = 1; i < chain.certificates().size(); ++i) {
    ::sk_X509_push(stack.get(), chain.certificates()[i].get());
  }
  return stack;
}

}  // namespace

Result<void, CertificateError> verify_chain(const CertificateChain& chain, const std::string& host,
                                            const std::optional<std::filesystem::path>& ca_file) {
  const StoreHandle store(::X509_STORE_new());
  expects(store != nullptr, "memory for a certificate store");
  ::ERR_clear_error();
  const int loaded =
      ca_file ? ::X509_STORE_load_file(store.get(), ca_file->c_str()) : ::X509_STORE_set_default_paths(store.get());
  if (loaded != 1) {
    const std::string where = ca_file ? ca_file->string() : "the system's store";
    return fail(CertificateError{"cannot read CA certificates from " + where + ": " + take_reason("none found")});
  }
  const StackHandle intermediates = intermediates_of(chain);
  const StoreContextHandle context(::X509_STORE_CTX_new());
  X509* server = chain.certificates().front().get();
  expects(::X509_STORE_CTX_init(context.get(), store.get(), server, intermediates.get()) == 1, "memory to verify");
  X509_VERIFY_PARAM* wanted = ::X509_STORE_CTX_get0_param(context.get());
  ::X509_VERIFY_PARAM_set_purpose(wanted, X509_PURPOSE_SSL_SERVER);
  ::X509_VERIFY_PARAM_set1_host(wanted, host.c_str(), host.size());
  if (::X509_verify_cert(context.get()) == 1) return {};
  const int reason = ::X509_STORE_CTX_get_error(context.get());
  ::ERR_clear_error();
  return fail(CertificateError{::X509_verify_cert_error_string(reason)});
}

}  // namespace sisu::tls
