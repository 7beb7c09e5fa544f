// WildcardWatch: looks now and then for a program that has come to listen on 0.0.0.0 or :: with a port of Tier 1. Linux
// lets nobody do so while a user is present there, nor a user become present while somebody does (bind(2): EADDRINUSE);
// with everybody away it can happen, and such a program then takes the mail of all of them.
#pragma once

#include "common/log/logger.hpp"
#include "common/metrics/metrics.hpp"
#include "relay/host/listening_ports.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

namespace sisu::relay::host {

class WildcardWatch {
 public:
  using Look = std::function<std::vector<ListeningPort>()>;
  static constexpr std::chrono::seconds default_period{5};

  /// Logs each such listener when it comes and when it goes; gauge sisumail_relay_wildcard_listeners, counter
  /// sisumail_relay_wildcard_listeners_seen_total. Works on a thread of its own until it is destroyed.
  WildcardWatch(std::set<std::uint16_t> ports, log::Logger logger, metrics::Registry& registry,
                std::chrono::milliseconds period = default_period, Look look = &listening_ports);

 private:
  void run(const std::stop_token& stop);
  void look_once();
  bool is_watched(const ListeningPort& port) const;

  std::set<std::uint16_t> ports_;
  log::Logger logger_;
  metrics::Gauge present_;
  metrics::Counter seen_;
  std::chrono::milliseconds period_;
  Look look_;
  std::vector<ListeningPort> known_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::jthread thread_;  // last: it uses the others
};

}  // namespace sisu::relay::host
