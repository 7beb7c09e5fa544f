#include "relay/program.hpp"

#include "relay/gateway/gateway.hpp"
#include "relay/host/state_directory.hpp"
#include "relay/host/wildcard_watch.hpp"
#include "relay/mode.hpp"

#include <asio/signal_set.hpp>

#include <csignal>
#include <cstdlib>
#include <sys/resource.h>

namespace sisu::relay {
namespace {

namespace fs = std::filesystem;

/// All that this process may have: one connection takes a descriptor or two.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

Result<ssh::PrivateKey, Failure> host_key(const fs::path& file) {
  std::error_code error;
  if (fs::exists(file, error)) {
    auto key = ssh::PrivateKey::load(file, [] { return std::nullopt; });
    if (!key) return failed("host key: " + key.error().what);
    return *std::move(key);
  }
  const auto key = ssh::PrivateKey::generate();
  if (const auto saved = key.save(file); !saved) return failed("host key: " + saved.error().what);
  return key;
}

/// The first signal stops gracefully, the second at once.
class StopSignals {
 public:
  StopSignals(gateway::Gateway& gateway, log::Logger logger)
      : gateway_(gateway), logger_(std::move(logger)), signals_(gateway.executor(), SIGTERM, SIGINT) {
    wait();
  }

 private:
  void wait() {
    signals_.async_wait([this](asio::error_code error, int) {
      if (error) return;
      if (stopping_) {
        logger_.warning("stopped at once by a second signal");
        std::_Exit(1);
      }
      stopping_ = true;
      logger_.info("stopping: running deliveries may end; a second signal ends them");
      gateway_.stop();
      wait();
    });
  }

  gateway::Gateway& gateway_;
  log::Logger logger_;
  asio::signal_set signals_;
  bool stopping_ = false;
};

}  // namespace

Result<void, Failure> serve(const Options& options) {
  const auto mode = options.zone ? zone_mode(options) : dev_mode(options);
  if (!mode) return fail(mode.error());

  const fs::path state_path = options.state.empty() ? host::StateDirectory::default_path() : options.state;
  if (state_path.empty()) return usage("--state: there is no home directory to keep state in: name a directory");
  const auto state = host::StateDirectory::open(state_path);
  if (!state) return failed(state.error());
  auto key = host_key(state->host_key());
  if (!key) return fail(key.error());

  const log::Logger logger(options.log);
  const auto users = mode->open(*state, logger);
  if (!users) return fail(users.error());

  raise_descriptor_limit();
  std::signal(SIGPIPE, SIG_IGN);
  metrics::Registry registry;
  const std::string fingerprint = key->public_key().fingerprint();
  gateway::Environment environment(options.limits, *users->accounts, *std::move(key), logger, registry);
  gateway::Gateway gateway(environment, options.threads);
  if (const auto listening = gateway.listen(mode->ssh_listen); !listening) {
    return failed("--ssh-listen: " + listening.error());
  }
  for (const Endpoint& address : users->addresses) logger.info("senders connect to", {{"address", address}});
  logger.info("relay ready", {{"version", SISUMAIL_VERSION},
                              mode->name,
                              {"host_key", fingerprint},
                              {"state", state_path.string()},
                              {"threads", options.threads}});
  const host::WildcardWatch wildcards(users->ports, logger, registry);
  const StopSignals signals(gateway, logger);
  gateway.run();
  logger.info("relay stopped");
  return {};
}

}  // namespace sisu::relay
