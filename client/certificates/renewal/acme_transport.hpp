// Sends the requests of the ACME engines: over HTTPS, one at a time, on a thread of its own.
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
  virtual ~AcmeTransport() = default;

  /// The error is one line for a person. One call at a time.
  virtual asio::awaitable<Result<acme::Response, std::string>> send(acme::Request request) = 0;

  /// Ends the running request, and all later ones, at once.
  virtual void stop() noexcept = 0;
};

class HttpsTransport final : public AcmeTransport {
 public:
  /// `ca_file`: PEM, instead of the system's authorities. `timeout`: of each request.
  explicit HttpsTransport(const std::optional<std::filesystem::path>& ca_file,
                          std::chrono::milliseconds timeout = std::chrono::seconds(30));
  ~HttpsTransport() override;

  asio::awaitable<Result<acme::Response, std::string>> send(acme::Request request) override;
  void stop() noexcept override { http_.stop(); }

 private:
  http_client::Client http_;
  net::WorkerPool worker_;  // ends first
};

}  // namespace sisu::client
