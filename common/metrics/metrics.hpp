// Counters and gauges of a process, in Prometheus' terms, without its headers. Updating one is lock-free and safe from
// any thread; making one takes a lock: do it once, at start.
#pragma once

#include <map>
#include <memory>
#include <string>

namespace sisu::metrics {

using Labels = std::map<std::string, std::string>;

class Counter {
 public:
  Counter() = default;  ///< counts nowhere
  void add(double amount = 1) const;
  double value() const;

 private:
  friend class Registry;
  explicit Counter(void* counter) : counter_(counter) {}
  void* counter_ = nullptr;  // prometheus::Counter, owned by the registry
};

class Gauge {
 public:
  Gauge() = default;
  void set(double value) const;
  void add(double amount = 1) const;
  double value() const;

 private:
  friend class Registry;
  explicit Gauge(void* gauge) : gauge_(gauge) {}
  void* gauge_ = nullptr;  // prometheus::Gauge, owned by the registry
};

/// Outlives every handle that it gave out. The same name and labels give the same counter.
class Registry {
 public:
  Registry();
  ~Registry();
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  Counter counter(const std::string& name, const std::string& help, const Labels& labels = {});
  Gauge gauge(const std::string& name, const std::string& help, const Labels& labels = {});

  /// The Prometheus text exposition format.
  std::string to_text() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sisu::metrics
