// claim: binds the name of this log-in to the key that signed it (proto/commands.md).
#include "relay/commands/command.hpp"
#include "relay/commands/facts_text.hpp"
#include "relay/commands/tier2_text.hpp"

#include <nlohmann/json.hpp>

namespace sisu::relay::commands {
namespace {

std::string as_json(const CallerFacts& facts, const std::vector<std::string>& codes) {
  nlohmann::ordered_json json = identity_json(facts);
  json["invites"] = codes;
  return json.dump() + "\n";
}

std::string as_text(const Caller& caller, const std::vector<std::string>& codes) {
  const CallerFacts facts = caller.facts();
  std::string text =
      "The name " + facts.name + " is yours: it is bound to the key that you logged in with.\n" + identity_text(facts);
  if (facts.tier2) text += text_line("tier 2", tier2_sentence(*facts.tier2));
  // A session whose account ended meanwhile has none.
  if (caller.standing() == Standing::user) text += text_line("records", dns_sentence(caller.dns()));
  for (const std::string& code : codes) text += text_line("invite", code);
  if (!codes.empty()) text += "Each code lets one person in; \"invite list\" shows them again.\n";
  return text;
}

}  // namespace

asio::awaitable<ExitStatus> run_claim(Call call) {
  const auto claimed = co_await call.caller.claim(std::move(call.arguments.value));
  if (!claimed) co_return co_await refuse(call.io, claimed.error());
  const auto& codes = claimed->invite_codes;
  const std::string text =
      call.form == OutputForm::json ? as_json(call.caller.facts(), codes) : as_text(call.caller, codes);
  co_await call.io.out(text);
  co_return ExitStatus::done;
}

}  // namespace sisu::relay::commands
