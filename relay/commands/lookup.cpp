// lookup NAME: the public key of an active user, in the form that ssh and age read. Whoever is not to be found (nobody,
// a former user, no name at all) gets the same answer.
#include "relay/commands/command.hpp"

#include <nlohmann/json.hpp>

namespace sisu::relay::commands {

asio::awaitable<ExitStatus> run_lookup(Call call) {
  const std::string& name = call.arguments.operands.front();
  const auto key = call.caller.lookup(name);
  if (!key) co_return co_await refuse(call.io, key.error());
  std::string text = key->to_openssh();
  if (call.form == OutputForm::json) {
    const nlohmann::ordered_json json = {
        {"name", name}, {"key", key->to_openssh()}, {"fingerprint", key->fingerprint().to_string()}};
    text = json.dump();
  }
  co_await call.io.out(text + "\n");
  co_return ExitStatus::done;
}

}  // namespace sisu::relay::commands
