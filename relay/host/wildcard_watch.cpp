#include "relay/host/wildcard_watch.hpp"

#include <algorithm>
#include <pthread.h>
#include <utility>

namespace sisu::relay::host {

WildcardWatch::WildcardWatch(std::set<std::uint16_t> ports, log::Logger logger, metrics::Registry& registry,
                             std::chrono::milliseconds period, Look look)
    : ports_(std::move(ports)),
      logger_(std::move(logger)),
      present_(registry.gauge("sisumail_relay_wildcard_listeners",
                              "Programs that listen on all addresses at a port of Tier 1 now.")),
      seen_(registry.counter("sisumail_relay_wildcard_listeners_seen_total",
                             "Programs that came to listen on all addresses at a port of Tier 1.")),
      period_(period),
      look_(std::move(look)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

void WildcardWatch::run(const std::stop_token& stop) {
  ::pthread_setname_np(::pthread_self(), "wildcard watch");
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    look_once();
    wake_.wait_for(lock, stop, period_, [] { return false; });
  }
}

bool WildcardWatch::is_watched(const ListeningPort& port) const {
  return port.address.address.is_unspecified() && ports_.contains(port.address.port);
}

void WildcardWatch::look_once() {
  std::vector<ListeningPort> now = look_();
  std::erase_if(now, [this](const ListeningPort& port) { return !is_watched(port); });
  for (const ListeningPort& port : now) {
    if (std::ranges::find(known_, port) != known_.end()) continue;
    seen_.add();
    logger_.error(
        "wildcard listener: it takes the mail of users who are away, and none of them can become present; "
        "stop it, or have it listen on single addresses",
        {{"address", port.address}, {"program", owner_of(port)}});
  }
  for (const ListeningPort& port : known_) {
    if (std::ranges::find(now, port) == now.end()) logger_.info("wildcard listener gone", {{"address", port.address}});
  }
  present_.set(static_cast<double>(now.size()));
  known_ = std::move(now);
}

}  // namespace sisu::relay::host
