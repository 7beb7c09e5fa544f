// The running client: everything that its options ask for, wired together. One event loop for all connections, a small
// pool of workers for files.
#pragma once

#include "client/agent/control_server.hpp"
#include "client/certificates/device_tls.hpp"
#include "client/certificates/renewal/renewal.hpp"
#include "client/cli/options.hpp"
#include "client/inbound/local_listener.hpp"
#include "client/inbound/own_addresses.hpp"
#include "client/inbound/reception.hpp"
#include "client/inbound/tls_upgrader.hpp"
#include "client/link/link.hpp"
#include "client/maildir/maildir.hpp"
#include "client/maildir/maildir_sink.hpp"
#include "client/names/names.hpp"
#include "client/readiness/upkeep.hpp"
#include "client/state/state_directory.hpp"
#include "common/net/task_group.hpp"
#include "common/net/worker_pool.hpp"

#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>

#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sisu::client {

class Client {
 public:
  /// What can fail at the start, done before anything is served: lock, ports, Maildir, certificate. Blocks. The error
  /// is one line.
  static Result<std::unique_ptr<Client>, std::string> prepare(asio::io_context& loop, Options options,
                                                              std::optional<ssh::PrivateKey> key, log::Logger logger);
  ~Client();

  /// Until a signal stops it, with an empty answer; or until it cannot go on: the answer is the reason, one line.
  std::string run();

 private:
  struct Prepared;
  Client(asio::io_context& loop, Options options, std::optional<ssh::PrivateKey> key, log::Logger logger,
         Prepared prepared);

  std::unique_ptr<Link> make_link(std::optional<ssh::PrivateKey> key);
  void announce() const;
  void take_context(tls::Context context);
  asio::awaitable<CommandAnswer> run_command(std::string command, std::chrono::milliseconds within);
  LinkState link_state() const;
  StatusReport status_report() const;
  KeyReport key_report() const;
  asio::awaitable<StatusReport> ask_status();
  asio::awaitable<KeyReport> ask_key();
  std::string certificate_text() const;
  asio::awaitable<Result<void, std::string>> roll_key();
  void on_online(const Identity& identity);
  void on_failure(const std::exception_ptr& failure);
  asio::awaitable<void> keep_link();
  asio::awaitable<void> watch_sleep();
  asio::awaitable<void> watch_signals();
  asio::awaitable<void> wind_down();
  void begin_stop(std::string_view why);

  asio::io_context& loop_;
  Options options_;
  log::Logger logger_;
  std::string device_key_;  // fingerprint; empty until an agent's key has logged in
  StateDirectory state_;
  std::vector<LocalListener> listeners_;
  std::unique_ptr<Maildir> maildir_;
  std::unique_ptr<net::WorkerPool> workers_;  // ends before the Maildir
  std::unique_ptr<DeviceTls> device_;
  MaildirSink sink_;
  OwnAddresses addresses_;
  TlsUpgrader tls_;
  Reception reception_;
  std::unique_ptr<Link> link_;
  Names names_;
  Upkeep upkeep_;
  std::unique_ptr<Renewal> renewal_;  // null: no CA is asked
  ControlServer control_;
  asio::signal_set signals_;
  net::TaskGroup services_;
  bool serving_ = false;
  bool stopping_ = false;
  std::string failure_;
};

}  // namespace sisu::client
