// tlsa publish, tlsa list: the keys that DANE vouches for (TLSA 3 1 1 of _25._tcp.u.v6.Z, RFC 6698, RFC 7671 5.1).
#include "relay/commands/command.hpp"
#include "relay/commands/facts_text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <span>

namespace sisu::relay::commands {
namespace {

constexpr std::string_view usage =
    "usage: tlsa publish SPKI-SHA256... (1 to 4, 64 hexadecimal digits each) [--json], tlsa list [--json]";

/// nullopt: one of them is none.
std::optional<std::set<SpkiDigest>> parse_all(std::span<const std::string> words) {
  std::set<SpkiDigest> digests;
  for (const std::string& word : words) {
    auto digest = SpkiDigest::parse(word);
    if (!digest) return std::nullopt;
    digests.insert(*std::move(digest));
  }
  return digests;
}

std::string as_json(const std::set<SpkiDigest>& digests) {
  nlohmann::ordered_json json;
  json["tlsa"] = nlohmann::ordered_json::array();
  for (const SpkiDigest& digest : digests) json["tlsa"].push_back(digest.to_string());
  return json.dump() + "\n";
}

std::string as_text(const DnsFacts& dns) {
  std::string text;
  for (const SpkiDigest& digest : dns.published.tlsa) {
    const auto live = dns.live_tlsa.find(digest);
    text += digest.to_string() +
            (live == dns.live_tlsa.end() ? "  not live\n" : "  live for " + duration_text(live->second) + "\n");
  }
  if (text.empty()) text = "You have published no keys.\n";
  return text + text_line("records", dns_sentence(dns));
}

asio::awaitable<ExitStatus> answer(Call call) {
  const DnsFacts dns = call.caller.dns();
  const std::string text = call.form == OutputForm::json ? as_json(dns.published.tlsa) : as_text(dns);
  co_await call.io.out(text);
  co_return ExitStatus::done;
}

}  // namespace

asio::awaitable<ExitStatus> run_tlsa(Call call) {
  const std::span<const std::string> operands = call.arguments.operands;
  if (operands.front() == "list" && operands.size() == 1) co_return co_await answer(std::move(call));
  const auto digests = parse_all(operands.subspan(1));
  if (operands.front() != "publish" || !digests || digests->empty()) co_return co_await refuse_usage(call.io, usage);
  const auto stored = co_await call.caller.publish_tlsa(*digests);
  if (!stored) co_return co_await refuse(call.io, stored.error());
  co_return co_await answer(std::move(call));
}

}  // namespace sisu::relay::commands
