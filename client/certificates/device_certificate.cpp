#include "client/certificates/device_certificate.hpp"

#include "common/base/durable_file.hpp"

#include <chrono>

namespace sisu::client {
namespace {

namespace fs = std::filesystem;
using std::chrono::system_clock;

/// Nobody checks the dates of a self-signed certificate, and the TLSA record pins the key (RFC 7671 5.1).
constexpr std::chrono::days own_lifetime{3650};
constexpr std::chrono::days renew_before{30};

bool still_good(const tls::CertificateChain& chain, const tls::PrivateKey& key, const std::string& host) {
  if (!chain.matches(key) || chain.dns_names() != std::vector<std::string>{host}) return false;
  const auto margin = chain.is_self_signed() ? renew_before : std::chrono::days(0);
  return chain.not_after() > system_clock::now() + margin;
}

/// The switch to its key has happened: the file that waited for it becomes the one that is served.
Result<void, std::string> take_place(const CertificateOptions& options) {
  FileSystem& files = real_file_system();
  const fs::path current = chain_file(options, ChainPlace::current);
  auto done = files.replace(chain_file(options, ChainPlace::waiting), current);
  if (done) done = files.sync_directory(options.directory);
  if (!done) return fail(tls::file_error("put the new certificate in the place of", current, done.error()).what);
  return {};
}

}  // namespace

fs::path chain_file(const CertificateOptions& options, ChainPlace place) {
  return options.directory / (place == ChainPlace::current ? "tls-certificate.pem" : "tls-certificate-next.pem");
}

std::optional<tls::CertificateChain> waiting_chain(const CertificateOptions& options, const tls::PrivateKey& next) {
  auto loaded = tls::CertificateChain::load(chain_file(options, ChainPlace::waiting));
  if (!loaded || !still_good(*loaded, next, options.host)) return std::nullopt;
  return std::move(*loaded);
}

Result<OwnChain, std::string> own_chain(const CertificateOptions& options, const tls::PrivateKey& key) {
  if (auto waited = waiting_chain(options, key)) {
    if (const auto placed = take_place(options); !placed) return fail(placed.error());
    return OwnChain{std::move(*waited), false};
  }
  const fs::path file = chain_file(options, ChainPlace::current);
  if (auto loaded = tls::CertificateChain::load(file); loaded && still_good(*loaded, key, options.host)) {
    return OwnChain{std::move(*loaded), false};
  }
  auto made = tls::CertificateChain::self_signed(key, options.host, own_lifetime);
  if (const auto saved = made.save(file); !saved) return fail(saved.error().what);
  return OwnChain{std::move(made), true};
}

Result<GivenCertificate, std::string> given_certificate(const CertificateOptions& options) {
  auto chain = tls::CertificateChain::load(*options.certificate_file);
  if (!chain) return fail("--tls-cert: " + chain.error().what);
  auto key = tls::PrivateKey::load(*options.key_file);
  if (!key) return fail("--tls-key: " + key.error().what);
  if (!chain->matches(*key)) {
    return fail("the key " + options.key_file->string() + " does not belong to the certificate " +
                options.certificate_file->string());
  }
  return GivenCertificate{std::move(*chain), std::move(*key)};
}

Result<void, std::string> check_policy(const CertificateOptions& options, const tls::CertificateChain& chain) {
  if (options.policy == TlsPolicy::pragmatic) return {};
  const auto trusted = tls::verify_chain(chain, options.host, options.ca_file);
  if (trusted) return {};
  const std::string which =
      options.certificate_file ? options.certificate_file->string() : "the device's self-signed certificate";
  return fail("--tls-policy strict: senders would not trust " + which + " for " + options.host + ": " +
              trusted.error().what +
              "; give a certificate with --tls-cert and --tls-key (and its CA with --tls-ca), or use --tls-policy "
              "pragmatic");
}

}  // namespace sisu::client
