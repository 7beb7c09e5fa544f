#include "relay/naming/service/program.hpp"

#include "relay/host/service_notice.hpp"
#include "relay/host/state_directory.hpp"
#include "relay/naming/service/make_provider.hpp"
#include "relay/naming/service/service.hpp"

#include <asio/signal_set.hpp>

#include <csignal>
#include <cstdlib>
#include <sys/stat.h>
#include <unistd.h>

namespace sisu::relay::naming {
namespace {

/// The first signal ends the service in order, the second at once.
class StopSignals {
 public:
  StopSignals(asio::io_context& loop, Service& service, log::Logger logger)
      : service_(service), log_(std::move(logger)), signals_(loop, SIGTERM, SIGINT) {
    wait();
  }

 private:
  void wait() {
    signals_.async_wait([this](asio::error_code error, int) {
      if (error) return;
      log_.info("stopping");
      host::notify_service("STOPPING=1");
      service_.stop();
      // What the loop still does is short; a provider that hangs is waited for after it.
      std::signal(SIGTERM, [](int) { ::_exit(1); });
      std::signal(SIGINT, [](int) { ::_exit(1); });
    });
  }

  Service& service_;
  log::Logger log_;
  asio::signal_set signals_;
};

/// What it makes for itself is closed to others by its own modes; a zone file is for a name server to read.
void prepare_process() {
  ::umask(0022);
  std::signal(SIGPIPE, SIG_IGN);
}

/// The wall clock of the start, from then on as the steady clock goes: when the machine's clock is set, no key has been
/// live for longer on that account (RFC 7671 8.1 counts on it).
std::function<std::chrono::system_clock::time_point()> clock_without_jumps() {
  using std::chrono::steady_clock, std::chrono::system_clock;
  return [wall = system_clock::now(), start = steady_clock::now()] {
    return wall + std::chrono::duration_cast<system_clock::duration>(steady_clock::now() - start);
  };
}

ServiceSetup setup_of(const Config& config) {
  ServiceSetup setup{.layout = config.layout,
                     .users = {.relay = config.relay, .tier2 = config.tier2, .own = ::geteuid()},
                     .socket = config.socket,
                     .limits = {},
                     .reconciler = {}};
  setup.reconciler.round_interval = config.round_interval;
  setup.reconciler.wall_clock = clock_without_jumps();
  return setup;
}

Failure failed(std::string what) { return {.status = 1, .what = std::move(what)}; }
Failure misconfigured(std::string what) { return {.status = 2, .what = std::move(what)}; }

}  // namespace

Result<void, Failure> serve(const Options& options) {
  const auto config = load_config(options.config);
  if (!config) return fail(misconfigured(config.error()));
  const auto provider = make_provider(*config);
  if (!provider) return fail(misconfigured(provider.error()));
  if (options.only_check) return {};

  prepare_process();
  const auto state = host::StateDirectory::open(config->state, "sisumail-dns", "state in the configuration");
  if (!state) return fail(failed(state.error()));
  const log::Logger logger(options.log);
  RecordDatabase database(state->path() / "names.db", config->layout.zone);
  const auto visibility = make_visibility(*config);

  asio::io_context loop(1);
  Service service(loop, database, **provider, *visibility, setup_of(*config), logger);
  const StopSignals signals(loop, service, logger);
  if (const auto listening = service.listen(); !listening) return fail(failed(listening.error()));
  logger.info("sisumail-dns ready", {{"version", SISUMAIL_VERSION},
                                     {"zone", config->layout.zone.to_string()},
                                     {"provider", (*provider)->describe()},
                                     {"socket", config->socket.string()}});
  host::notify_service("READY=1");
  loop.run();
  logger.info("sisumail-dns stopped");
  return {};
}

}  // namespace sisu::relay::naming
