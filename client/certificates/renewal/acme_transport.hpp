// Sends the requests of the ACME engines over HTTPS, one at a time, on a thread of its own; that thread does the small
// files of the life cycle, too.
#pragma once

#include "client/acme/message.hpp"
#include "common/base/result.hpp"
#include "common/http/client.hpp"
#include "common/net/worker_pool.hpp"

#include <asio/awaitable.hpp>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

namespace sisu::client {

class AcmeTransport {
 public:
  /// `ca_file`: PEM, instead of the system's authorities.
  explicit AcmeTransport(const std::optional<std::filesystem::path>& ca_file,
                         std::chrono::milliseconds timeout = std::chrono::seconds(30));
  ~AcmeTransport();

  /// The error is one line for a person.
  asio::awaitable<Result<acme::Response, std::string>> send(acme::Request request);

  net::WorkerPool& workers() { return workers_; }

  /// Ends the running request, and all later ones, at once.
  void stop() noexcept { http_.stop(); }

 private:
  http_client::Client http_;
  net::WorkerPool workers_;  // ends first
};

}  // namespace sisu::client
