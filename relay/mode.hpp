// The two ways to serve: one user on loopback (--dev-user), or a zone with a registry of users (--zone).
#pragma once

#include "common/log/logger.hpp"
#include "relay/failure.hpp"
#include "relay/gateway/accounts.hpp"
#include "relay/host/state_directory.hpp"
#include "relay/options.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <vector>

namespace sisu::relay {

struct Users {
  std::unique_ptr<gateway::Accounts> accounts;
  std::vector<Endpoint> addresses;  ///< where senders connect, as far as it is known before anyone logs in
  std::set<std::uint16_t> ports;    ///< all ports that senders connect to
};

struct Mode {
  log::Field name;  ///< for the log
  std::vector<Endpoint> ssh_listen;
  /// Opens what the state directory and the machine have to give. Once, before serving.
  std::function<Result<Users, Failure>(const host::StateDirectory& state, const log::Logger& logger)> open;
};

/// Of options that parse_options() accepted. Failures of status 2 only: nothing is touched yet.
Result<Mode, Failure> dev_mode(const Options& options);
Result<Mode, Failure> zone_mode(const Options& options);

}  // namespace sisu::relay
