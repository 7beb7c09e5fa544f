// Gauges of what the gateway holds now. They are set when somebody asks: counting along would cost the data path.
#pragma once

#include "relay/gateway/environment.hpp"

namespace sisu::relay::gateway {

class Gauges {
 public:
  /// Both outlive it.
  Gauges(const Environment& environment, metrics::Registry& registry);

  /// From any thread, one at a time.
  void set() const;

 private:
  const Environment& environment_;
  metrics::Gauge accounts_;
  metrics::Gauge records_live_;
  metrics::Gauge records_pending_;
  metrics::Gauge sessions_;
  metrics::Gauge unauthenticated_;
  metrics::Gauge present_;
  metrics::Gauge suspended_;
  metrics::Gauge held_bytes_;
};

}  // namespace sisu::relay::gateway
