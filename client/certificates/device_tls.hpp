// What this device shows in TLS handshakes: its keys (a KeyRing, or the one key that the user gave), the certificate
// over the current one, and the context that both make. It changes while connections run: a renewed certificate, the
// next key. Running connections keep what they began with.
//
// Session tickets are made with a key that lives in one context: after a change no old ticket resumes, and the next
// handshake shows the new certificate in full. So a sender never goes on trusting a key that was rolled away from by
// way of a ticket, at the price of one full handshake for each sender.
#pragma once

#include "client/certificates/device_certificate.hpp"
#include "common/keys/key_ring.hpp"
#include "common/keys/key_roll.hpp"
#include "common/net/worker_pool.hpp"
#include "common/tls/context.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace sisu::client {

/// Belongs to one event loop; files are touched on `workers`.
class DeviceTls {
 public:
  /// Blocks on files. The error is one line for a person. `workers` must outlive it.
  static Result<std::unique_ptr<DeviceTls>, std::string> open(CertificateOptions options, net::WorkerPool& workers);

  /// Called with the context for new handshakes whenever it changes; at once, too, if there is one.
  void on_change(std::function<void(tls::Context)> swap);

  /// False only with strict, as long as no certificate is there that verifies: then nothing may be served.
  bool serves() const { return context_ != nullptr; }
  /// Digest of the key that handshakes show.
  std::optional<keys::Digest> served() const;
  /// The certificate over the current key, whether the policy lets it be served or not.
  const tls::CertificateChain& chain() const { return *chain_; }

  bool has_ring() const { return ring_.has_value(); }  ///< false: the user gave key and certificate
  /// Without a ring: current and next are the given key.
  const keys::RingState& ring() const { return state_; }
  const tls::PrivateKey& current_key() const { return *current_; }
  /// For which a certificate can be had before it serves; nullopt without a ring.
  const std::optional<tls::PrivateKey>& next_key() const { return next_; }
  /// What a roll waits for: only strict needs a CA's certificate over the next key.
  keys::NextCertificate next_certificate() const;
  /// A roll is wished, and there is no certificate over next_key() yet.
  bool wants_next_certificate() const;

  bool key_is_new() const { return key_is_new_; }      ///< open() made it
  bool chain_is_new() const { return chain_is_new_; }  ///< open() made it

  /// Stores a chain from a CA over the current key, which is served from now on, or over the next key, which waits for
  /// the switch. Any other is refused. Durable when it completes.
  asio::awaitable<Result<void, std::string>> install(tls::CertificateChain chain);

  // For whoever carries out rolls; needs has_ring(). A call waits for the one before it.
  asio::awaitable<Result<void, std::string>> wish_roll();
  /// A step of key_roll.hpp that is the ring's, or `serve`.
  asio::awaitable<Result<void, std::string>> carry_out(keys::RollStep::Kind step);

 private:
  DeviceTls(CertificateOptions options, net::WorkerPool& workers) : options_(std::move(options)), workers_(workers) {}
  Result<void, std::string> open_own();
  Result<void, std::string> open_given();
  Result<void, std::string> show(tls::CertificateChain chain);
  void note_ring();
  asio::awaitable<Result<void, std::string>> serve_current();
  template <class Work>
  asio::awaitable<Result<void, std::string>> change_ring(Work work);

  CertificateOptions options_;
  net::WorkerPool& workers_;
  std::optional<keys::KeyRing> ring_;  // touched on a worker, by one call at a time; what others see is copied below
  bool ring_is_busy_ = false;
  keys::RingState state_;
  std::optional<tls::PrivateKey> current_;
  std::optional<tls::PrivateKey> next_;
  std::optional<tls::CertificateChain> chain_;
  bool has_next_chain_ = false;
  tls::Context context_;
  std::optional<keys::Digest> served_;
  std::function<void(tls::Context)> swap_;
  bool key_is_new_ = false;
  bool chain_is_new_ = false;
};

}  // namespace sisu::client
