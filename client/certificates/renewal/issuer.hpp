// Carries out an acme::Issuance: requests over HTTPS, the account's URL and open challenges on disk, records through
// the ChallengePublisher. Each step that leaves something behind is stored before it is taken.
#pragma once

#include "client/acme/challenge_publisher.hpp"
#include "client/acme/issuance.hpp"
#include "client/certificates/renewal/acme_transport.hpp"
#include "common/base/file_system.hpp"
#include "common/log/logger.hpp"

#include <asio/awaitable.hpp>

#include <filesystem>

namespace sisu::client {

class Issuer {
 public:
  /// All references must outlive it. `state` is the directory of this device's files, which `workers` touch.
  Issuer(AcmeTransport& transport, net::WorkerPool& workers, acme::ChallengePublisher& publisher, FileSystem& files,
         std::filesystem::path state, log::Logger logger)
      : transport_(transport),
        workers_(workers),
        publisher_(publisher),
        files_(files),
        state_(std::move(state)),
        logger_(std::move(logger)) {}

  /// May be cancelled between steps and within waits: an open challenge is on disk then.
  asio::awaitable<acme::step::Finished> issue(acme::IssuanceRequest request, acme::AccountKey account_key,
                                              tls::PrivateKey certificate_key);

  /// Has the records of challenges removed that an earlier attempt, or an earlier process, left open. False: some are
  /// left, because the relay could not be asked; try again later.
  asio::awaitable<bool> clean_up();

 private:
  asio::awaitable<void> take_step(acme::Issuance& issuance);
  asio::awaitable<void> take(acme::Issuance& issuance, acme::step::Send step);
  asio::awaitable<void> take(acme::Issuance& issuance, acme::step::Wait step);
  asio::awaitable<void> take(acme::Issuance& issuance, acme::step::StoreAccount step);
  asio::awaitable<void> take(acme::Issuance& issuance, acme::step::BindAccount step);
  asio::awaitable<void> take(acme::Issuance& issuance, acme::step::Present step);
  asio::awaitable<void> take(acme::Issuance& issuance, acme::step::CleanUp step);

  AcmeTransport& transport_;
  net::WorkerPool& workers_;
  acme::ChallengePublisher& publisher_;
  FileSystem& files_;
  std::filesystem::path state_;
  log::Logger logger_;
  std::string directory_;  // of the issuance that runs
};

}  // namespace sisu::client
