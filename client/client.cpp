#include "client/client.hpp"

#include "client/device_renewal.hpp"
#include "client/link/host_key_check.hpp"
#include "client/link/network_watch.hpp"
#include "client/link/sleep_detector.hpp"
#include "common/net/deadline.hpp"

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/error.hpp>
#include <asio/use_awaitable.hpp>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <system_error>
#include <utility>

namespace sisu::client {
namespace {

using namespace std::chrono_literals;

/// Behind ServerTimeouts::stop_grace, within which transactions end by themselves.
constexpr std::chrono::seconds stop_limit{40};
constexpr std::chrono::milliseconds sleep_tick{2'000};
constexpr std::chrono::milliseconds sleep_slack{3'000};

/// Addresses under .test exist on one machine only (RFC 6761 6.2): sender, relay and client share it.
Network network_of(const mail::DomainName& zone) {
  const std::string& name = zone.to_string();
  return name == "test" || name.ends_with(".test") ? Network::development : Network::internet;
}

ReceptionOptions reception_options(const Options& options) {
  ReceptionOptions reception;
  reception.host = options.host();
  reception.network = network_of(options.zone);
  reception.limits = options.reception;
  reception.smtp_limits = options.smtp;
  return reception;
}

Result<std::vector<LocalListener>, std::string> open_listeners(asio::io_context& loop, const Options& options) {
  std::vector<LocalListener> listeners;
  const auto open_all = [&](const std::vector<Endpoint>& endpoints, ListenerInfo::Preface preface) {
    std::string problem;
    for (const Endpoint& endpoint : endpoints) {
      auto listener = LocalListener::open(loop.get_executor(), endpoint, preface);
      if (!listener) return listener.error();
      listeners.push_back(std::move(*listener));
    }
    return problem;
  };
  std::string problem = open_all(options.smtp_listen, ListenerInfo::Preface::none);
  if (problem.empty()) problem = open_all(options.smtp_listen_proxy, ListenerInfo::Preface::proxy_v2);
  if (!problem.empty()) return fail(problem);
  return listeners;
}

/// Which of an agent's keys it is, the first log-in will tell.
std::string device_key_text(const std::string& fingerprint) {
  return fingerprint.empty() ? "of the ssh-agent" : fingerprint;
}

CertificateOptions certificate_options(const Options& options) {
  return {options.host(),     options.state,  options.tls_certificate, options.tls_key,
          options.tls_policy, options.tls_ca, options.acme.has_value()};
}

}  // namespace

struct Client::Prepared {
  StateDirectory state;
  std::vector<LocalListener> listeners;
  std::unique_ptr<Maildir> maildir;
  std::unique_ptr<net::WorkerPool> workers;
  std::unique_ptr<DeviceTls> device;
  std::optional<acme::ExternalAccount> external;
  ControlDescriptor control;
};

Result<std::unique_ptr<Client>, std::string> Client::prepare(asio::io_context& loop, Options options,
                                                             std::optional<ssh::PrivateKey> key, log::Logger logger) {
  auto state = StateDirectory::open(options.state);
  if (!state) return fail(state.error());
  auto listeners = open_listeners(loop, options);
  if (!listeners) return fail(listeners.error());
  auto maildir = Maildir::open(real_file_system(), options.maildir, std::chrono::system_clock::now());
  if (!maildir) return fail(maildir.error());
  auto workers = std::make_unique<net::WorkerPool>(MaildirSink::good_pool_size, "sisumail-files");
  auto device = DeviceTls::open(certificate_options(options), *workers);
  if (!device) return fail(device.error());
  auto external = external_account(options);
  if (!external) return fail(external.error());
  auto control = listen_control(options.state);
  if (!control) return fail(control.error().what);
  Prepared prepared{std::move(*state),  std::move(*listeners), std::move(*maildir), std::move(workers),
                    std::move(*device), std::move(*external),  std::move(*control)};
  return std::unique_ptr<Client>(
      new Client(loop, std::move(options), std::move(key), std::move(logger), std::move(prepared)));
}

Client::Client(asio::io_context& loop, Options options, std::optional<ssh::PrivateKey> key, log::Logger logger,
               Prepared prepared)
    : loop_(loop),
      options_(std::move(options)),
      logger_(std::move(logger)),
      device_key_(key ? key->public_key().fingerprint() : ""),
      state_(std::move(prepared.state)),
      listeners_(std::move(prepared.listeners)),
      maildir_(std::move(prepared.maildir)),
      workers_(std::move(prepared.workers)),
      device_(std::move(prepared.device)),
      sink_(*maildir_, *workers_, device_key_text(device_key_), logger_),
      addresses_(options_.user, options_.zone),
      reception_(loop.get_executor(), reception_options(options_), addresses_, sink_, tls_, logger_),
      link_(make_link(std::move(key))),
      names_([this](std::string command, std::chrono::milliseconds within) {
        return run_command(std::move(command), within);
      }),
      upkeep_(
          loop.get_executor(), names_, *device_, [this] { return link_state(); }, UpkeepOptions{}, logger_),
      renewal_(make_renewal(loop.get_executor(), options_, std::move(prepared.external),
                            {*device_, names_, upkeep_, *workers_}, logger_)),
      control_(loop.get_executor(), std::move(prepared.control),
               {[this] { return ask_status(); }, [this] { return ask_key(); }, [this] { return roll_key(); }}, {},
               logger_),
      signals_(loop, SIGTERM, SIGINT, SIGUSR1),
      services_(loop.get_executor()) {
  announce();
}

Client::~Client() = default;

std::unique_ptr<Link> Client::make_link(std::optional<ssh::PrivateKey> key) {
  if (!options_.relay) return nullptr;
  LinkOptions link;
  link.relay = *options_.relay;
  link.user = options_.user.to_string();
  link.key = std::move(key);
  link.session.invite = options_.invite;
  link.session.hold_deliveries = !device_->serves();
  RelaySession::Callbacks callbacks;
  callbacks.deliver = [this](ssh::ForwardedChannel channel, SessionId session) {
    reception_.take_delivery(std::move(channel), session);
  };
  callbacks.identified = [this](const Identity&) {
    upkeep_.session_began();
    if (renewal_) renewal_->look_again();
  };
  callbacks.online = [this](const Identity& identity) { on_online(identity); };
  const auto new_keys = options_.accept_new_host_key ? NewHostKeys::accept : NewHostKeys::refuse;
  auto verifier = make_host_key_verifier(ssh::KnownHosts(options_.known_hosts), *options_.relay, new_keys, logger_);
  return std::make_unique<Link>(loop_.get_executor(), std::move(link), std::move(verifier), std::move(callbacks),
                                *workers_, logger_);
}

asio::awaitable<CommandAnswer> Client::run_command(std::string command, std::chrono::milliseconds within) {
  if (!link_) throw std::system_error(asio::error::not_connected, "there is no relay (--relay)");
  co_return co_await link_->run_command(std::move(command), within);
}

LinkState Client::link_state() const { return link_ ? link_->state() : LinkState{LinkState::Kind::none}; }

void Client::announce() const {
  if (device_->key_is_new()) logger_.info("TLS key made", {{"directory", state_.path().string()}});
  if (device_->chain_is_new()) logger_.info("self-signed certificate made", {{"host", options_.host()}});
  if (device_->chain().not_after() < std::chrono::system_clock::now()) {
    logger_.warning("the certificate has expired: some senders will refuse it", {{"host", options_.host()}});
  }
  if (!device_->serves()) {
    logger_.info("no mail is taken before there is a certificate that verifies (--tls-policy strict)",
                 {{"asked_for_at", options_.acme->directory}});
  }
  logger_.info("sisumail " SISUMAIL_VERSION " serves",
               {{"address", "*@" + options_.user.to_string() + "." + options_.zone.to_string()},
                {"host", options_.host()},
                {"maildir", options_.maildir.string()},
                {"device_key", device_key_},
                {"tls_key_sha256", device_->ring().current}});
  for (const LocalListener& listener : listeners_) {
    const bool proxy = listener.info().preface == ListenerInfo::Preface::proxy_v2;
    logger_.info("listening", {{"listener", listener.info().id},
                               {"address", listener.info().address},
                               {"preface", proxy ? "PROXY v2" : "none"}});
  }
}

void Client::on_online(const Identity& identity) {
  if (identity.name != options_.user.to_string()) {
    logger_.warning("the relay knows this key by another name", {{"name", identity.name}});
  }
  const std::string domain = options_.user.to_string() + "." + options_.zone.to_string();
  if (!identity.mail_domain.empty() && identity.mail_domain != domain) {
    logger_.warning("mail for the address that the relay gave you is refused: set --zone to the relay's",
                    {{"address", "*@" + identity.mail_domain}, {"zone", options_.zone.to_string()}});
  }
  if (!identity.host.empty() && identity.host != options_.host()) {
    logger_.warning("certificates would be for another host than senders connect to: set --tier1-zone to the relay's",
                    {{"host", identity.host}, {"ours", options_.host()}});
  }
  if (device_key_.empty()) sink_.name_device_key(identity.fingerprint);
  upkeep_.look_again();
}

/// None of the services is expected to fail; a client that serves without one of them would only seem to work.
void Client::on_failure(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    failure_ = error.what();
  }
  begin_stop("a failure of its own");
}

std::string Client::run() {
  services_.on_error([this](const std::exception_ptr& failure) { on_failure(failure); });
  device_->on_change([this](tls::Context context) { take_context(std::move(context)); });
  services_.spawn(watch_signals());
  services_.spawn(control_.serve());
  if (link_) {
    services_.spawn(watch_network([this] { link_->in_doubt("a change of the network"); }, logger_));
    services_.spawn(watch_sleep());
    services_.spawn(upkeep_.run());
    if (renewal_) services_.spawn(renewal_->run());
    services_.spawn(keep_link());
  }
  loop_.run();
  return failure_;
}

/// The first context is what there is to serve with; each later one changes only new handshakes.
void Client::take_context(tls::Context context) {
  tls_.replace(std::move(context));
  if (std::exchange(serving_, true)) return;
  for (LocalListener& listener : listeners_) services_.spawn(listener.serve(reception_, logger_));
  if (link_) link_->allow_deliveries();
  upkeep_.look_again();
}

asio::awaitable<void> Client::keep_link() {
  std::string reason = co_await link_->run();
  if (reason.empty()) co_return;
  failure_ = std::move(reason);
  begin_stop("the relay cannot be used");
}

asio::awaitable<void> Client::watch_sleep() {
  asio::steady_timer timer(loop_);
  SleepDetector detector(sleep_tick, sleep_slack);
  for (;;) {
    if (const auto slept = detector.tick(time_since_boot())) {
      logger_.info("woke up", {{"slept_seconds", std::chrono::duration_cast<std::chrono::seconds>(*slept).count()}});
      link_->in_doubt("sleep");
    }
    timer.expires_after(sleep_tick);
    co_await timer.async_wait(asio::use_awaitable);
  }
}

asio::awaitable<void> Client::watch_signals() {
  for (;;) {
    const int signal = co_await signals_.async_wait(asio::use_awaitable);
    if (signal == SIGUSR1) {
      if (link_) link_->retry_now();
    } else if (!stopping_) {
      begin_stop(signal == SIGINT ? "SIGINT" : "SIGTERM");
    } else {
      logger_.warning("stopped at once: second signal");
      std::_Exit(EXIT_FAILURE);  // a message under way has no 250 yet: its sender keeps it
    }
  }
}

void Client::begin_stop(std::string_view why) {
  if (std::exchange(stopping_, true)) return;
  logger_.info("stopping", {{"reason", why}, {"connections", reception_.connections()}});
  for (LocalListener& listener : listeners_) listener.close();
  if (link_) link_->withdraw();
  reception_.stop();
  asio::co_spawn(loop_, wind_down(), asio::detached);  // the last to go: it ends what would be its parent
}

asio::awaitable<void> Client::wind_down() {
  try {
    co_await net::with_deadline(reception_.join(), stop_limit);
  } catch (const std::system_error&) {
    logger_.warning("connections cut", {{"connections", reception_.connections()}});
    reception_.abort();
  }
  co_await reception_.join();
  if (link_) link_->stop("the client stops");
  if (renewal_) renewal_->stop();
  services_.stop();
  co_await services_.join();
  logger_.info("stopped");
}

}  // namespace sisu::client
