// The device's certificate from a CA: a Renewal whose key and chain are DeviceTls's, and which begins when the relay
// says that the device's records are live.
#pragma once

#include "client/certificates/device_tls.hpp"
#include "client/certificates/renewal/renewal.hpp"
#include "client/cli/options.hpp"
#include "client/names/names.hpp"
#include "client/readiness/upkeep.hpp"
#include "common/log/logger.hpp"
#include "common/net/worker_pool.hpp"

#include <asio/any_io_executor.hpp>

#include <memory>
#include <optional>
#include <string>

namespace sisu::client {

/// What its parts are; each must outlive the Renewal.
struct DeviceParts {
  DeviceTls& device;
  Names& names;
  Upkeep& upkeep;
  net::WorkerPool& workers;
};

/// The account at a CA that wants one, read from its file; none if the options name none. Blocks. The error is one
/// line.
Result<std::optional<acme::ExternalAccount>, std::string> external_account(const Options& options);

/// Null when the options name no CA.
std::unique_ptr<Renewal> make_renewal(asio::any_io_executor executor, const Options& options,
                                      std::optional<acme::ExternalAccount> external, DeviceParts parts,
                                      log::Logger logger);

}  // namespace sisu::client
