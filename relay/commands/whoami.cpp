// whoami: name, key, addresses, Tier 2 and session of this log-in.
#include "relay/commands/command.hpp"
#include "relay/commands/facts_text.hpp"
#include "relay/commands/tier2_text.hpp"

#include <nlohmann/json.hpp>

namespace sisu::relay::commands {
namespace {

std::string as_text(const Caller& caller) {
  const CallerFacts facts = caller.facts();
  std::string text = identity_text(facts);
  if (facts.tier2) text += text_line("tier 2", tier2_sentence(*facts.tier2));
  if (caller.standing() == Standing::user) text += text_line("records", dns_sentence(caller.dns()));
  return text;
}

}  // namespace

asio::awaitable<ExitStatus> run_whoami(Call call) {
  const std::string text =
      call.form == OutputForm::json ? identity_json(call.caller.facts()).dump() + "\n" : as_text(call.caller);
  co_await call.io.out(text);
  co_return ExitStatus::done;
}

}  // namespace sisu::relay::commands
