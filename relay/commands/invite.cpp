// invite list: the user's own invitation codes, and what became of them.
#include "relay/commands/command.hpp"
#include "relay/commands/facts_text.hpp"

#include <nlohmann/json.hpp>

namespace sisu::relay::commands {
namespace {

std::string as_json(const Invite& invite) {
  nlohmann::ordered_json json;
  json["id"] = invite.id.to_string();
  json["state"] = to_string(invite.state);
  json["created"] = time_text(invite.created);
  json["grants"] = invite.grants;
  if (invite.code) json["code"] = *invite.code;
  if (invite.used_by) json["used_by"] = *invite.used_by;
  return json.dump() + "\n";
}

/// What follows the state: the code as long as it is good, then who came by it.
std::string about(const Invite& invite) {
  if (invite.code) {
    return *invite.code + "  (who comes by it may invite " + std::to_string(invite.grants) + " more)";
  }
  return invite.used_by ? "by " + *invite.used_by : "";
}

}  // namespace

asio::awaitable<ExitStatus> run_invite(Call call) {
  if (call.arguments.operands.front() != "list") {
    co_return co_await refuse_usage(call.io, "usage: invite list [--json]");
  }
  const auto invites = co_await call.caller.invites();
  if (!invites) co_return co_await refuse(call.io, invites.error());
  std::string text;
  for (const Invite& invite : *invites) {
    text += call.form == OutputForm::json ? as_json(invite) : text_line(to_string(invite.state), about(invite));
  }
  if (text.empty() && call.form == OutputForm::text) text = "You have no invitation codes.\n";
  co_await call.io.out(text);
  co_return ExitStatus::done;
}

}  // namespace sisu::relay::commands
