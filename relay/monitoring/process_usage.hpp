// What this process takes of the machine, by the names that Prometheus' own libraries use for it.
#pragma once

#include "common/metrics/metrics.hpp"

namespace sisu::relay {

class ProcessUsage {
 public:
  explicit ProcessUsage(metrics::Registry& registry);

  /// Reads /proc/self; what cannot be read keeps its value.
  void set_gauges() const;

 private:
  metrics::Gauge resident_bytes_;
  metrics::Counter cpu_seconds_;
  metrics::Gauge open_descriptors_;
  metrics::Gauge most_descriptors_;
  metrics::Gauge start_time_;
};

}  // namespace sisu::relay
