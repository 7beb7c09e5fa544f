#include "relay/commands/facts_text.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <ctime>

namespace sisu::relay::commands {

std::string_view to_text(PresenceState state) {
  switch (state) {
    case PresenceState::absent:
      return "absent";
    case PresenceState::present:
      return "present";
    case PresenceState::suspended:
      return "suspended";
  }
  return "absent";
}

nlohmann::ordered_json identity_json(const CallerFacts& facts) {
  nlohmann::ordered_json json;
  json["name"] = facts.name;
  json["fingerprint"] = facts.fingerprint;
  json["addresses"] = nlohmann::ordered_json::array();
  for (const Endpoint& address : facts.addresses) json["addresses"].push_back(address.to_string());
  if (!facts.mail_domain.empty()) json["mail_domain"] = facts.mail_domain;
  if (!facts.host.empty()) json["host"] = facts.host;
  if (facts.tier2) json["tier2"] = *facts.tier2 == Tier2::on;
  json["session"] = facts.session.to_urn();
  return json;
}

std::string identity_text(const CallerFacts& facts) {
  std::string text = text_line("name", facts.name) + text_line("key", facts.fingerprint);
  if (!facts.host.empty()) text += text_line("host", facts.host);
  for (const Endpoint& address : facts.addresses) text += text_line("address", address.to_string());
  if (!facts.mail_domain.empty()) text += text_line("mail", "*@" + facts.mail_domain + " (whatever stands for *)");
  return text + text_line("session", facts.session.to_urn());
}

std::string text_line(std::string_view name, std::string_view value) {
  constexpr std::size_t value_column = 13;
  std::string line(name);
  line.append(line.size() < value_column ? value_column - line.size() : 1, ' ');
  return line + std::string(value) + "\n";
}

std::string time_text(std::chrono::system_clock::time_point time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return {text.data(), length};
}

}  // namespace sisu::relay::commands
