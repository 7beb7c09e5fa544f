// whoami: name, key, addresses, Tier 2 and session of this log-in.
#include "relay/commands/command.hpp"
#include "relay/commands/facts_text.hpp"
#include "relay/commands/tier2_text.hpp"

#include <nlohmann/json.hpp>

namespace sisu::relay::commands {
namespace {

std::string as_text(const CallerFacts& facts) {
  std::string text = identity_text(facts);
  if (facts.tier2) text += text_line("tier 2", tier2_sentence(*facts.tier2));
  return text;
}

}  // namespace

asio::awaitable<ExitStatus> run_whoami(Call call) {
  const CallerFacts facts = call.caller.facts();
  const std::string text = call.form == OutputForm::json ? identity_json(facts).dump() + "\n" : as_text(facts);
  co_await call.io.out(text);
  co_return ExitStatus::done;
}

}  // namespace sisu::relay::commands
