// whoami: name, key, addresses and session of this log-in.
#include "relay/commands/command.hpp"
#include "relay/commands/facts_text.hpp"

#include <nlohmann/json.hpp>

namespace sisu::relay::commands {

asio::awaitable<ExitStatus> run_whoami(Call call) {
  const CallerFacts facts = call.caller.facts();
  const std::string text = call.form == OutputForm::json ? identity_json(facts).dump() + "\n" : identity_text(facts);
  co_await call.io.out(text);
  co_return ExitStatus::done;
}

}  // namespace sisu::relay::commands
