// spool on, spool off: whether the relay may keep mail for this user (Tier 2).
#include "relay/commands/command.hpp"
#include "relay/commands/facts_text.hpp"
#include "relay/commands/tier2_text.hpp"

#include <nlohmann/json.hpp>

namespace sisu::relay::commands {

asio::awaitable<ExitStatus> run_spool(Call call) {
  const std::string& wanted = call.arguments.operands.front();
  if (wanted != "on" && wanted != "off") {
    co_return co_await refuse_usage(call.io, "usage: spool on|off [--json]");
  }
  const Tier2 tier2 = wanted == "on" ? Tier2::on : Tier2::off;
  const auto done = co_await call.caller.set_tier2(tier2);
  if (!done) co_return co_await refuse(call.io, done.error());
  const nlohmann::ordered_json json = {{"tier2", tier2 == Tier2::on}};
  const std::string text =
      call.form == OutputForm::json ? json.dump() + "\n" : text_line("tier 2", tier2_sentence(tier2));
  co_await call.io.out(text);
  co_return ExitStatus::done;
}

}  // namespace sisu::relay::commands
