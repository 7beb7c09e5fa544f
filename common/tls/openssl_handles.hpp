// OpenSSL's objects as owners. Only for .cpp files.
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>

namespace sisu::tls {

template <auto release>
struct Release {
  template <class T>
  void operator()(T* object) const noexcept {
    release(object);
  }
};

using BioHandle = std::unique_ptr<BIO, Release<BIO_free_all>>;
using SslHandle = std::unique_ptr<SSL, Release<SSL_free>>;
using X509Handle = std::unique_ptr<X509, Release<X509_free>>;
using PkeyHandle = std::unique_ptr<EVP_PKEY, Release<EVP_PKEY_free>>;

}  // namespace sisu::tls
