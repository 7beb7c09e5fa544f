#include "common/tls/context.hpp"

#include "common/base/expects.hpp"
#include "common/tls/openssl_error.hpp"
#include "common/tls/openssl_handles.hpp"

#include <openssl/err.h>

#include <chrono>
#include <string_view>

namespace sisu::tls {
namespace {

/// TLS 1.2: ephemeral ECDH with AEAD only (RFC 9325 4.2). TLS 1.3 has nothing weaker by itself.
constexpr const char* tls12_ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20";
constexpr const char* groups = "X25519:P-256:P-384";
constexpr std::string_view session_context = "sisumail";  // what a ticket is good for (SSL_CTX_set_session_id_context)
constexpr std::chrono::seconds ticket_lifetime = std::chrono::hours(2);

Context make_context(const SSL_METHOD* method) {
  Context context(::SSL_CTX_new(method), &::SSL_CTX_free);
  expects(context != nullptr, "memory for a TLS context");
  SSL_CTX* raw = context.get();
  expects(SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION) == 1, "TLS 1.2 in OpenSSL");
  expects(::SSL_CTX_set_cipher_list(raw, tls12_ciphers) == 1, "the TLS 1.2 ciphers in OpenSSL");
  expects(SSL_CTX_set1_groups_list(raw, groups) == 1, "the groups in OpenSSL");
  ::SSL_CTX_set_options(raw, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_mode(raw, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_AUTO_RETRY);
  SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);  // tickets instead: no state here for what peers do
  return context;
}

}  // namespace

Result<Context, CertificateError> make_server_context(const CertificateChain& chain, const PrivateKey& key) {
  if (!chain.matches(key)) return fail(CertificateError{"the private key does not belong to the certificate"});
  Context context = make_context(::TLS_server_method());
  SSL_CTX* raw = context.get();
  ::ERR_clear_error();
  bool taken = ::SSL_CTX_use_certificate(raw, chain.certificates().front().get()) == 1;
  for (std::size_t i = 1; taken && i < chain.certificates().size(); ++i) {
    taken = SSL_CTX_add1_chain_cert(raw, chain.certificates()[i].get()) == 1;
  }
  if (!taken || ::SSL_CTX_use_PrivateKey(raw, key.openssl()) != 1) {
    return fail(CertificateError{"OpenSSL refuses the certificate: " + take_reason("no reason given")});
  }
  // Our order, but a peer that puts ChaCha20 first (it has no AES hardware) gets it.
  ::SSL_CTX_set_options(raw, SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  ::SSL_CTX_set_session_id_context(raw, reinterpret_cast<const unsigned char*>(session_context.data()),
                                   static_cast<unsigned>(session_context.size()));
  ::SSL_CTX_set_timeout(raw, ticket_lifetime.count());
  ::SSL_CTX_set_num_tickets(raw, 1);
  ::SSL_CTX_set_max_early_data(raw, 0);  // replayable: never for SMTP
  return context;
}

Result<Context, CertificateError> make_client_context(Verify verify,
                                                      const std::optional<std::filesystem::path>& ca_file) {
  Context context = make_context(::TLS_client_method());
  SSL_CTX* raw = context.get();
  if (verify == Verify::none) return context;
  ::SSL_CTX_set_verify(raw, SSL_VERIFY_PEER, nullptr);
  ::ERR_clear_error();
  const int loaded =
      ca_file ? ::SSL_CTX_load_verify_file(raw, ca_file->c_str()) : ::SSL_CTX_set_default_verify_paths(raw);
  if (loaded != 1) {
    return fail(CertificateError{"cannot read CA certificates from " + (ca_file ? ca_file->string() : "the system") +
                                 ": " + take_reason("none found")});
  }
  return context;
}

}  // namespace sisu::tls
