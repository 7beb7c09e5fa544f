#include "client/certificates/device_certificate.hpp"

#include <algorithm>
#include <chrono>

namespace sisu::client {
namespace {

namespace fs = std::filesystem;
using std::chrono::system_clock;

/// Nobody checks the dates of a self-signed certificate, and the TLSA record pins the key (RFC 7671 5.1).
constexpr std::chrono::days own_lifetime{3650};
constexpr std::chrono::days renew_before{30};

struct OwnKey {
  tls::PrivateKey key;
  bool is_new;
};

Result<OwnKey, std::string> own_key(const fs::path& file) {
  std::error_code ignored;
  if (fs::exists(fs::symlink_status(file, ignored))) {
    auto loaded = tls::PrivateKey::load(file);
    if (!loaded) return fail(loaded.error().what);
    return OwnKey{std::move(*loaded), false};
  }
  auto made = tls::PrivateKey::generate_p256();
  if (const auto saved = made.save(file); !saved) return fail(saved.error().what);
  return OwnKey{std::move(made), true};
}

bool still_good(const tls::CertificateChain& chain, const tls::PrivateKey& key, const std::string& host) {
  return chain.matches(key) && chain.dns_names() == std::vector<std::string>{host} &&
         chain.not_after() > system_clock::now() + renew_before;
}

Result<ServingCertificate, std::string> own_certificate(const CertificateOptions& options) {
  auto own = own_key(options.directory / "tls-key.pem");
  if (!own) return fail(own.error());
  const fs::path file = options.directory / "tls-certificate.pem";
  if (auto loaded = tls::CertificateChain::load(file); loaded && still_good(*loaded, own->key, options.host)) {
    return ServingCertificate{std::move(*loaded), std::move(own->key), own->is_new, false};
  }
  auto made = tls::CertificateChain::self_signed(own->key, options.host, own_lifetime);
  if (const auto saved = made.save(file); !saved) return fail(saved.error().what);
  return ServingCertificate{std::move(made), std::move(own->key), own->is_new, true};
}

Result<ServingCertificate, std::string> given_certificate(const CertificateOptions& options) {
  auto chain = tls::CertificateChain::load(*options.certificate_file);
  if (!chain) return fail("--tls-cert: " + chain.error().what);
  auto key = tls::PrivateKey::load(*options.key_file);
  if (!key) return fail("--tls-key: " + key.error().what);
  if (!chain->matches(*key)) {
    return fail("the key " + options.key_file->string() + " does not belong to the certificate " +
                options.certificate_file->string());
  }
  return ServingCertificate{std::move(*chain), std::move(*key), false, false};
}

std::string strict_refusal(const CertificateOptions& options, const std::string& why) {
  const std::string which =
      options.certificate_file ? options.certificate_file->string() : "the device's self-signed certificate";
  return "--tls-policy strict: senders would not trust " + which + " for " + options.host + ": " + why +
         "; give a certificate with --tls-cert and --tls-key (and its CA with --tls-ca), or use --tls-policy pragmatic";
}

}  // namespace

Result<ServingCertificate, std::string> obtain_certificate(const CertificateOptions& options) {
  auto found = options.certificate_file ? given_certificate(options) : own_certificate(options);
  if (!found || options.policy == TlsPolicy::pragmatic) return found;
  const auto trusted = tls::verify_chain(found->chain, options.host, options.ca_file);
  if (!trusted) return fail(strict_refusal(options, trusted.error().what));
  return found;
}

}  // namespace sisu::client
