#include "relay/commands/dns_facts.hpp"

#include <nlohmann/json.hpp>

namespace sisu::relay::commands {
namespace {

std::string_view to_text(DnsFacts::State state) {
  switch (state) {
    case DnsFacts::State::off:
      return "off";
    case DnsFacts::State::pending:
      return "pending";
    case DnsFacts::State::live:
      return "live";
  }
  return "";
}

}  // namespace

nlohmann::ordered_json dns_json(const DnsFacts& dns) {
  nlohmann::ordered_json json;
  json["state"] = to_text(dns.state);
  if (dns.state == DnsFacts::State::off) return json;
  json["signed"] = dns.is_signed;
  if (!dns.problem.empty()) json["problem"] = dns.problem;
  if (dns.state == DnsFacts::State::live) json["live_seconds"] = dns.live_for.count();
  json["tlsa"] = nlohmann::ordered_json::array();
  for (const auto& [digest, live_for] : dns.live_tlsa) {
    json["tlsa"].push_back({{"sha256", digest.to_string()}, {"live_seconds", live_for.count()}});
  }
  json["tlsa_ttl"] = dns.tlsa_ttl.count();
  json["ca"] = dns.issuers;
  if (dns.published.acme_account) json["acme_account"] = dns.published.acme_account->to_string();
  return json;
}

std::string duration_text(std::chrono::seconds duration) {
  using namespace std::chrono;
  constexpr seconds two_days = days(2);
  if (duration < minutes(2)) return std::to_string(duration.count()) + " s";
  if (duration < hours(2)) return std::to_string(floor<minutes>(duration).count()) + " min";
  if (duration < two_days) return std::to_string(floor<hours>(duration).count()) + " h";
  return std::to_string(floor<days>(duration).count()) + " days";
}

std::string dns_sentence(const DnsFacts& dns) {
  std::string text;
  switch (dns.state) {
    case DnsFacts::State::off:
      return "off: this relay writes no DNS records, its operator does";
    case DnsFacts::State::pending:
      text = "pending: " + (dns.problem.empty() ? "not every name server has them yet" : dns.problem);
      break;
    case DnsFacts::State::live:
      text = "live for " + duration_text(dns.live_for);
      if (!dns.is_signed) text += "; DANE: no, zone not signed";
      if (!dns.problem.empty()) text += "; but " + dns.problem;
      break;
  }
  return text;
}

std::string tlsa_sentence(const DnsFacts& dns) {
  return std::to_string(dns.published.tlsa.size()) + " published, " + std::to_string(dns.live_tlsa.size()) + " live";
}

}  // namespace sisu::relay::commands
