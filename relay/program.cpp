#include "relay/program.hpp"

#include "common/mail/address.hpp"
#include "relay/gateway/dev_accounts.hpp"
#include "relay/gateway/gateway.hpp"
#include "relay/host/listening_ports.hpp"
#include "relay/host/state_directory.hpp"
#include "relay/listen_address.hpp"

#include <asio/signal_set.hpp>

#include <csignal>
#include <cstdlib>
#include <sys/resource.h>

namespace sisu::relay {
namespace {

namespace fs = std::filesystem;

tl::unexpected<Failure> usage(std::string what) { return fail(Failure{2, std::move(what)}); }
tl::unexpected<Failure> failed(std::string what) { return fail(Failure{1, std::move(what)}); }

/// All that this process may have: one connection takes a descriptor or two.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

Result<std::vector<Endpoint>, Failure> parse_all(const std::vector<std::string>& texts, const std::string& option) {
  std::vector<Endpoint> all;
  for (const std::string& text : texts) {
    const auto addresses = parse_dev_listen(text);
    if (!addresses) return usage(option + ": " + addresses.error());
    all.insert(all.end(), addresses->begin(), addresses->end());
  }
  return all;
}

/// Nothing may listen on 0.0.0.0 or :: with a port of Tier 1: it would accept for every user who is offline.
Result<void, Failure> refuse_wildcard(const std::vector<Endpoint>& addresses) {
  const auto ports = host::listening_ports();
  for (const Endpoint& address : addresses) {
    const auto wildcard = address.port == 0 ? std::nullopt : host::wildcard_on(ports, address.port);
    if (!wildcard) continue;
    return failed("--tier1-listen: " + wildcard->address.to_string() + " is listened on by " +
                  host::program_of(wildcard->inode).value_or("a program that is not visible to this user") +
                  ", which would accept mail for users who are offline: stop it or choose another port");
  }
  return {};
}

/// Opens and closes the user's addresses once: what is wrong with them is better said now than at the first log-in.
/// Port 0 becomes a port of its own, the same whenever the user is present.
Result<std::vector<Endpoint>, Failure> try_addresses(const std::vector<Endpoint>& addresses) {
  const auto sockets = tier1::ListeningSockets::open(addresses, 1, log::Logger());
  if (!sockets) return failed("--tier1-listen: " + sockets.error());
  std::vector<Endpoint> resolved;
  for (const auto& socket : (*sockets)->sockets()) resolved.push_back(socket.address);
  return resolved;
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
  const auto name = mail::Username::parse(options.dev_user);
  if (!name) {
    return usage("--dev-user: \"" + options.dev_user + "\" is not a user name: 1 to 63 of a-z, 0-9 and inner hyphens");
  }
  const auto ssh_addresses = parse_all(options.ssh_listen, "--ssh-listen");
  if (!ssh_addresses) return fail(ssh_addresses.error());
  const auto wanted = parse_all(options.tier1_listen, "--tier1-listen");
  if (!wanted) return fail(wanted.error());

  const fs::path state_path = options.state.empty() ? host::StateDirectory::default_path() : options.state;
  if (state_path.empty()) return usage("--state: there is no home directory to keep state in: name a directory");
  const auto state = host::StateDirectory::open(state_path);
  if (!state) return failed(state.error());
  auto key = host_key(state->host_key());
  if (!key) return fail(key.error());

  if (const auto free = refuse_wildcard(*wanted); !free) return fail(free.error());
  auto addresses = try_addresses(*wanted);
  if (!addresses) return fail(addresses.error());
  const auto accounts = gateway::DevAccounts::open({name->to_string(), *addresses}, state->dev_user());
  if (!accounts) return failed(accounts.error());

  raise_descriptor_limit();
  std::signal(SIGPIPE, SIG_IGN);
  const log::Logger logger(options.log);
  metrics::Registry registry;
  const std::string fingerprint = key->public_key().fingerprint();
  gateway::Environment environment(options.limits, **accounts, *std::move(key), logger, registry);
  gateway::Gateway gateway(environment, options.threads);
  if (const auto listening = gateway.listen(*ssh_addresses); !listening) {
    return failed("--ssh-listen: " + listening.error());
  }
  for (const Endpoint& address : *addresses) logger.info("senders connect to", {{"address", address}});
  logger.info("relay ready", {{"version", SISUMAIL_VERSION},
                              {"dev_user", name->to_string()},
                              {"host_key", fingerprint},
                              {"state", state_path.string()},
                              {"threads", options.threads}});
  const StopSignals signals(gateway, logger);
  gateway.run();
  logger.info("relay stopped");
  return {};
}

}  // namespace sisu::relay
