#include "relay/program.hpp"

#include "relay/gateway/gateway.hpp"
#include "relay/gateway/gauges.hpp"
#include "relay/host/service_notice.hpp"
#include "relay/host/state_directory.hpp"
#include "relay/host/wildcard_watch.hpp"
#include "relay/mode.hpp"
#include "relay/monitoring/monitoring.hpp"

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

/// How long an event loop may take until /healthz calls it dead.
constexpr auto loop_patience = std::chrono::seconds(2);

using MonitoringPtr = std::unique_ptr<Monitoring>;

/// Null without --metrics-listen. `gateway` and `gauges` outlive it.
Result<MonitoringPtr, Failure> start_monitoring(const Options& options, metrics::Registry& registry,
                                                gateway::Gateway& gateway, const gateway::Gauges& gauges) {
  if (!options.metrics_listen) return MonitoringPtr();
  registry.gauge("sisumail_relay_build_info", "Which version runs; always 1.", {{"version", SISUMAIL_VERSION}}).set(1);
  auto started = Monitoring::start(
      *options.metrics_listen, registry,
      {.is_alive = [&gateway] { return gateway.responds(loop_patience); }, .set_gauges = [&gauges] { gauges.set(); }});
  if (!started) return failed("--metrics-listen: " + started.error());
  return *std::move(started);
}

/// Tells those who watch the relay what it is about.
class Announcement {
 public:
  explicit Announcement(Monitoring* monitoring) : monitoring_(monitoring) {}
  void ready() const {
    if (monitoring_ != nullptr) monitoring_->set(Readiness::ready);
    host::notify_service("READY=1");
  }
  void stopping() const {
    if (monitoring_ != nullptr) monitoring_->set(Readiness::stopping);
    host::notify_service("STOPPING=1");
  }

 private:
  Monitoring* monitoring_;
};

/// The first signal stops gracefully, the second at once.
class StopSignals {
 public:
  StopSignals(gateway::Gateway& gateway, Announcement announcement, log::Logger logger)
      : gateway_(gateway),
        announcement_(announcement),
        logger_(std::move(logger)),
        signals_(gateway.executor(), SIGTERM, SIGINT) {
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
      announcement_.stopping();
      logger_.info("stopping: running deliveries may end; a second signal ends them");
      gateway_.stop();
      wait();
    });
  }

  gateway::Gateway& gateway_;
  Announcement announcement_;
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
  const gateway::Gauges gauges(environment, registry);
  const auto monitoring = start_monitoring(options, registry, gateway, gauges);
  if (!monitoring) return fail(monitoring.error());
  if (const auto listening = gateway.listen(mode->ssh_listen); !listening) {
    return failed("--ssh-listen: " + listening.error());
  }
  for (const Endpoint& address : users->addresses) logger.info("senders connect to", {{"address", address}});
  logger.info("relay ready", {{"version", SISUMAIL_VERSION},
                              mode->name,
                              {"host_key", fingerprint},
                              {"state", state_path.string()},
                              {"threads", options.threads}});
  if (*monitoring) logger.info("pages for monitoring", {{"address", (*monitoring)->address()}});
  const host::WildcardWatch wildcards(users->ports, logger, registry);
  const Announcement announcement(monitoring->get());
  const StopSignals signals(gateway, announcement, logger);
  announcement.ready();
  gateway.run();
  logger.info("relay stopped");
  return {};
}

}  // namespace sisu::relay
