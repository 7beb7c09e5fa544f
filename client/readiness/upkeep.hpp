// Keeps what the world knows of this device as it should be, while a session with the relay lasts: the TLSA set, the
// roll of keys (common/keys/key_roll.hpp decides, this carries out), and the answer to "is mail reaching me?". Nothing
// waits for it: deliveries are taken meanwhile, and what fails is tried again.
#pragma once

#include "client/certificates/device_tls.hpp"
#include "client/names/names.hpp"
#include "client/readiness/readiness.hpp"
#include "common/log/logger.hpp"

#include <asio/steady_timer.hpp>

#include <chrono>
#include <functional>
#include <optional>
#include <string>

namespace sisu::client {

struct UpkeepOptions {
  std::chrono::milliseconds soonest{250};            ///< between questions while something is to become live; doubles
  std::chrono::milliseconds slowest{5'000};          ///< to this
  std::chrono::milliseconds steady{600'000};         ///< between questions while all is well
  std::chrono::milliseconds waiting{60'000};         ///< between questions in a roll's long wait, at most
  std::chrono::milliseconds after_failure{1'000};    ///< before what failed is tried again; doubles
  std::chrono::milliseconds longest_pause{300'000};  ///< to this
};

/// Belongs to one event loop. `names` and `device` must outlive it.
class Upkeep {
 public:
  Upkeep(asio::any_io_executor executor, Names& names, DeviceTls& device, std::function<LinkState()> link,
         UpkeepOptions options, log::Logger logger);

  /// Until it is cancelled.
  asio::awaitable<void> run();

  /// The relay takes commands now: what earlier sessions said is void.
  void session_began();
  /// Something that it looks at has changed: deliveries were granted, a certificate came.
  void look_again();
  /// Asks the relay now, where there is a session: for whoever wants to know. What it says stands in dns().
  asio::awaitable<void> refresh();
  /// Stores the wish; carries it out as soon as it may. The error is one line.
  asio::awaitable<Result<void, std::string>> wish_roll();

  /// What is missing of the facts of this moment.
  Readiness readiness() const;
  /// The relay's last answer in this session.
  const std::optional<DnsStatus>& dns() const { return dns_; }
  /// What it does, or waits for, about the keys.
  const keys::RollStep& step() const { return step_; }
  /// Why the last attempt at something came to nothing; empty when none did.
  const std::string& trouble() const { return trouble_; }

 private:
  using Pause = std::chrono::milliseconds;  ///< zero: go on at once
  asio::awaitable<Pause> look();
  bool records_are_pending() const;
  asio::awaitable<bool> ask();
  asio::awaitable<Pause> take(keys::RollStep step);
  asio::awaitable<Pause> publish(keys::DigestSet set);
  asio::awaitable<Pause> change(keys::RollStep::Kind step);
  asio::awaitable<void> rest(Pause pause);
  keys::RollFacts facts() const;
  void note_readiness();
  Pause next_poll();
  Pause failed(const std::string& what, const std::string& why);

  Names& names_;
  DeviceTls& device_;
  std::function<LinkState()> link_;
  UpkeepOptions options_;
  log::Logger logger_;
  asio::steady_timer resting_;
  bool look_again_ = false;

  unsigned sessions_ = 0;  // that have begun: an answer from an earlier one is void
  std::optional<DnsStatus> dns_;
  bool dns_is_fresh_ = false;  // asked since the last rest
  bool were_live_ = false;     // in this session
  std::optional<keys::DigestSet> declared_;
  keys::RollStep step_;
  std::string trouble_;
  Pause poll_;
  Pause retry_;
  std::optional<bool> told_;  // whether it is ready, as the log has it
};

}  // namespace sisu::client
