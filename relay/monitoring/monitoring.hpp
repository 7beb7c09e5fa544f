// Monitoring: the pages for those who watch the relay (--metrics-listen). Served by a thread of its own.
//   /healthz   200 while the event loops answer, or the relay stops; else 503: restart it
//   /readyz    200 while users and senders are served, else 503: send nobody here
//   /metrics   counters and gauges, in the Prometheus text format
#pragma once

#include "common/http/server.hpp"
#include "common/metrics/metrics.hpp"
#include "relay/monitoring/process_usage.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <string>

namespace sisu::relay {

enum class Readiness { starting, ready, stopping };

class Monitoring {
 public:
  /// What is looked at when somebody asks, on the server's thread; both safe to call while Monitoring lives.
  struct Sources {
    std::function<bool()> is_alive;    ///< may take a second or two
    std::function<void()> set_gauges;  ///< of what changes too often to be counted all the time
  };

  /// Serves at once, as `starting`. `registry` outlives it. The error is one line.
  static Result<std::unique_ptr<Monitoring>, std::string> start(const Endpoint& address, metrics::Registry& registry,
                                                                Sources sources);

  /// From any thread.
  void set(Readiness readiness) { readiness_ = readiness; }
  const Endpoint& address() const { return server_->address(); }

 private:
  Monitoring(metrics::Registry& registry, Sources sources);
  http::Response page(const std::string& path) const;

  metrics::Registry& registry_;
  Sources sources_;
  ProcessUsage process_;
  std::atomic<Readiness> readiness_ = Readiness::starting;
  std::unique_ptr<http::Server> server_;  // last: its thread uses the rest
};

}  // namespace sisu::relay
