// Keeps a certificate from an ACME server over the device's key: issues the first one as soon as the device's records
// are live, renews, and tries again after failures (renewal_plan.hpp decides when). A key that is to serve next can get
// one before it serves. Never in the way of mail: everything here happens beside it.
#pragma once

#include "client/acme/challenge_publisher.hpp"
#include "client/acme/jws.hpp"
#include "client/certificates/renewal/acme_transport.hpp"
#include "client/certificates/renewal/certificate_status.hpp"
#include "client/certificates/renewal/issuer.hpp"
#include "client/certificates/renewal/renewal_plan.hpp"
#include "client/certificates/renewal/renewal_record.hpp"
#include "common/base/file_system.hpp"
#include "common/log/logger.hpp"
#include "common/tls/certificate.hpp"
#include "common/tls/private_key.hpp"

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/steady_timer.hpp>

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sisu::client {

struct RenewalTimes {
  RetryTimes retry;
  std::chrono::seconds ask_window_every = std::chrono::hours(6);  ///< where the server names no time (RFC 9773 4.3.2)
  std::chrono::milliseconds look_for_records{1'000};              ///< while they are not live: doubling,
  std::chrono::milliseconds longest_look{60'000};                 ///< to this
  std::chrono::seconds clean_up_again{30};  ///< after the relay could not be asked to take a challenge away
  /// The longest sleep: the event loop's clock stands still while a laptop sleeps, the calendar does not.
  std::chrono::milliseconds longest_nap{600'000};
  std::chrono::seconds after_success{10};  ///< whatever happens, a CA is not asked for certificates in a loop
};

struct RenewalOptions {
  std::string host;             ///< what the certificate is to name, in lower case
  std::filesystem::path state;  ///< exists and belongs to this process
  std::string directory;        ///< URL
  std::optional<acme::ExternalAccount> external = {};
  std::vector<std::string> contacts = {};  ///< "mailto:..."
  RenewalTimes times = {};
};

class Renewal {
 public:
  enum class Readiness {
    ready,       ///< the device's records are live
    not_yet,     ///< they are not, or nobody can say: no session with the relay
    impossible,  ///< this relay writes no records
  };
  /// A key that wants a certificate, and what is there over it: from a CA, or self-signed.
  struct Wanted {
    tls::PrivateKey key;
    std::optional<tls::CertificateChain> chain;
  };
  struct Seams {
    std::function<Wanted()> wanted;
    std::function<asio::awaitable<Readiness>()> readiness;
    /// Stores the chain and serves it. The error is one line for a person.
    std::function<asio::awaitable<Result<void, std::string>>(tls::CertificateChain)> install;
    Chance chance;
    std::function<Instant()> now;
  };

  /// References must outlive it; files are touched on `workers`.
  Renewal(asio::any_io_executor executor, RenewalOptions options, std::unique_ptr<AcmeTransport> transport,
          net::WorkerPool& workers, acme::ChallengePublisher& publisher, Seams seams, log::Logger logger);

  /// Until it is cancelled. Lets nothing else escape: a failure of its own, too, is only a certificate that is late.
  asio::awaitable<void> run();

  /// Something may have changed: the session with the relay came back, the key was rolled.
  void look_again();
  /// Before run() is cancelled: ends a request under way.
  void stop() noexcept { transport_->stop(); }

  /// `served`: the chain that senders see.
  CertificateStatus status(const tls::CertificateChain& served) const;

 private:
  RenewalFacts facts(const Wanted& wanted) const;
  asio::awaitable<void> take_step();
  asio::awaitable<void> clean_up();
  asio::awaitable<void> issue_when_ready(Wanted wanted);
  asio::awaitable<void> issue(Wanted wanted);
  asio::awaitable<void> installed(tls::CertificateChain chain);
  asio::awaitable<void> failed(acme::Failure failure);
  asio::awaitable<void> ask_window(tls::CertificateChain chain);
  asio::awaitable<Result<acme::RenewalWindow, std::string>> fetch_window(std::string id);
  asio::awaitable<Result<std::string, std::string>> renewal_info_url();
  asio::awaitable<void> save_record();
  asio::awaitable<void> nap(std::chrono::milliseconds longest);
  void note_certificate(const Wanted& wanted);

  RenewalOptions options_;
  std::unique_ptr<AcmeTransport> transport_;
  net::WorkerPool& workers_;
  Seams seams_;
  log::Logger logger_;
  Issuer issuer_;
  asio::steady_timer napping_;
  RenewalRecord record_;
  std::string waiting_for_;
  std::chrono::milliseconds look_{0};
  std::chrono::seconds window_retry_after_{0};
  bool has_open_challenges_ = true;  // not known before the first look
  Instant clean_up_at_{};
};

}  // namespace sisu::client
