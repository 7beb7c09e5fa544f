#include "common/metrics/metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace sisu::metrics {

struct Registry::Impl {
  prometheus::Registry registry{prometheus::Registry::InsertBehavior::Merge};
};

void Counter::add(double amount) const {
  if (counter_) static_cast<prometheus::Counter*>(counter_)->Increment(amount);
}

double Counter::value() const { return counter_ ? static_cast<prometheus::Counter*>(counter_)->Value() : 0; }

void Gauge::set(double value) const {
  if (gauge_) static_cast<prometheus::Gauge*>(gauge_)->Set(value);
}

void Gauge::add(double amount) const {
  if (gauge_) static_cast<prometheus::Gauge*>(gauge_)->Increment(amount);
}

double Gauge::value() const { return gauge_ ? static_cast<prometheus::Gauge*>(gauge_)->Value() : 0; }

Registry::Registry() : impl_(std::make_unique<Impl>()) {}
Registry::~Registry() = default;

Counter Registry::counter(const std::string& name, const std::string& help, const Labels& labels) {
  return Counter(&prometheus::BuildCounter().Name(name).Help(help).Register(impl_->registry).Add(labels));
}

Gauge Registry::gauge(const std::string& name, const std::string& help, const Labels& labels) {
  return Gauge(&prometheus::BuildGauge().Name(name).Help(help).Register(impl_->registry).Add(labels));
}

std::string Registry::to_text() const { return prometheus::TextSerializer().Serialize(impl_->registry.Collect()); }

}  // namespace sisu::metrics
