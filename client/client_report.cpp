// What the running client says of itself at its control socket.
#include "client/client.hpp"

#include <chrono>

namespace sisu::client {
namespace {

using std::chrono::duration_cast;
using std::chrono::seconds;

}  // namespace

std::string Client::certificate_text() const {
  if (!device_->serves() && !renewal_) return "none that --tls-policy strict lets it serve";
  const CertificateStatus status = renewal_ ? renewal_->status(device_->chain()) : status_of(device_->chain());
  const Dane dane = dane_ok(upkeep_.dns(), device_->served()) ? Dane::ok : Dane::none;
  return describe(status, dane, std::chrono::system_clock::now());
}

KeyReport Client::key_report() const {
  KeyReport report;
  report.own_keys = device_->has_ring();
  report.ring = device_->ring();
  report.served = device_->served();
  report.step = upkeep_.step().kind;
  if (report.step == keys::RollStep::Kind::wait && upkeep_.step().wait.count() > 0) report.wait = upkeep_.step().wait;
  if (upkeep_.dns() && report.ring.next) {
    const auto live = upkeep_.dns()->tlsa.find(*report.ring.next);
    if (live != upkeep_.dns()->tlsa.end()) report.next_live = live->second;
  }
  report.trouble = upkeep_.trouble();
  return report;
}

StatusReport Client::status_report() const {
  const LinkState link = link_state();
  const Readiness readiness = upkeep_.readiness();
  StatusReport report;
  report.version = SISUMAIL_VERSION;
  report.address = "*@" + options_.user.to_string() + "." + options_.zone.to_string();
  report.host = options_.host();
  report.maildir = options_.maildir.string();
  if (options_.relay) report.relay = options_.relay->to_string();
  report.link = name_of(link.kind);
  report.link_reason = link.reason;
  report.link_since = duration_cast<seconds>(std::chrono::steady_clock::now() - link.since);
  report.senders_reach = link.addresses;
  report.ready = readiness.ready;
  report.missing = readiness.missing;
  report.records = records_text(upkeep_.dns());
  report.dane = dane_text(upkeep_.dns(), device_->served());
  report.certificate = certificate_text();
  report.connections = reception_.connections();
  report.key = key_report();
  return report;
}

asio::awaitable<StatusReport> Client::ask_status() {
  co_await upkeep_.refresh();
  co_return status_report();
}

asio::awaitable<KeyReport> Client::ask_key() {
  co_await upkeep_.refresh();
  co_return key_report();
}

asio::awaitable<Result<void, std::string>> Client::roll_key() {
  if (!link_) co_return fail(std::string("without --relay nobody says which records senders can know"));
  co_return co_await upkeep_.wish_roll();
}

}  // namespace sisu::client
