#include "relay/monitoring/monitoring.hpp"

namespace sisu::relay {
namespace {

http::Response readiness_page(Readiness readiness) {
  switch (readiness) {
    case Readiness::starting:
      return {http::Status::unavailable, "starting\n"};
    case Readiness::ready:
      return {http::Status::ok, "ready\n"};
    case Readiness::stopping:
      return {http::Status::unavailable, "stopping\n"};
  }
  return {http::Status::unavailable, "unknown\n"};
}

}  // namespace

Monitoring::Monitoring(metrics::Registry& registry, Sources sources)
    : registry_(registry), sources_(std::move(sources)), process_(registry) {}

Result<std::unique_ptr<Monitoring>, std::string> Monitoring::start(const Endpoint& address, metrics::Registry& registry,
                                                                   Sources sources) {
  std::unique_ptr<Monitoring> monitoring(new Monitoring(registry, std::move(sources)));
  auto server =
      http::Server::start(address, [pages = monitoring.get()](const std::string& path) { return pages->page(path); });
  if (!server) return fail(std::move(server.error()));
  monitoring->server_ = *std::move(server);
  return monitoring;
}

http::Response Monitoring::page(const std::string& path) const {
  if (path == "/healthz") {
    // A relay that stops ends its loops one after the other.
    if (readiness_ == Readiness::stopping || sources_.is_alive()) return {http::Status::ok, "alive\n"};
    return {http::Status::unavailable, "an event loop does not answer\n"};
  }
  if (path == "/readyz") return readiness_page(readiness_);
  if (path == "/metrics") {
    sources_.set_gauges();
    process_.set_gauges();
    return {http::Status::ok, registry_.to_text(), "text/plain; version=0.0.4; charset=utf-8"};
  }
  return {http::Status::not_found, "there are /healthz, /readyz and /metrics\n"};
}

}  // namespace sisu::relay
