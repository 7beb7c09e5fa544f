// invite list: all invitations, the users' own too, and what became of them. No codes: a screen or a log that shows one
// gives it away, and the users' are not the operator's.
#include "relay/admin/account_text.hpp"
#include "relay/admin/command.hpp"
#include "relay/registry/state_directory.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace sisu::relay::admin {
namespace {

Cell invite_state_cell(InviteState state) {
  const std::string text(to_string(state));
  return {text, state == InviteState::open ? Style::good : Style::plain};
}

nlohmann::ordered_json invite_json(const Invite& invite, const std::string& inviter) {
  nlohmann::ordered_json json;
  json["id"] = invite.id.to_string();
  json["state"] = to_string(invite.state);
  json["created"] = time_text(invite.created);
  json["grants"] = invite.grants;
  if (invite.inviter) json["inviter"] = inviter;
  if (invite.used_by) json["used_by"] = *invite.used_by;
  return json;
}

class InviteList final : public Command {
 public:
  void declare(CLI::App& app) override { app.add_flag("--open", open_, "only those that can still be used"); }

  void run(Call& call) override {
    OpenedRegistry registry = open_registry(call.state, OpenedBy::command);
    const AccountNames names(registry.database.accounts());
    std::vector<std::vector<Cell>> rows;
    for (const Invite& invite : registry.database.invites()) {
      if (open_ && invite.state != InviteState::open) continue;
      const std::string inviter = names.of(invite.inviter);
      if (call.output.is_json()) {
        call.output.object(invite_json(invite, inviter));
        continue;
      }
      rows.push_back({{invite.id.to_string()},
                      invite_state_cell(invite.state),
                      {time_text(invite.created)},
                      {std::to_string(invite.grants)},
                      {invite.inviter ? inviter : "(operator)"},
                      {invite.used_by.value_or("")}});
    }
    if (!call.output.is_json()) call.output.table({"ID", "STATE", "CREATED", "GRANTS", "INVITER", "USED BY"}, rows);
  }

 private:
  bool open_ = false;
};

}  // namespace

std::unique_ptr<Command> make_invite_list() { return std::make_unique<InviteList>(); }

}  // namespace sisu::relay::admin
