// invite revoke: makes an invitation void, the operator's or a user's, named by its id or by its code.
#include "relay/admin/command.hpp"
#include "relay/registry/state_directory.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace sisu::relay::admin {
namespace {

std::string problem_with(const std::string& text) {
  const bool is_one = Uuid::parse(text) || InviteCode::parse(text);
  return is_one ? "" : "neither an invitation's id nor a code: see invite list";
}

InviteId id_of(const RegistryDatabase& registry, const std::string& text) {
  if (const auto uuid = Uuid::parse(text)) return InviteId(*uuid);
  const auto invite = registry.find_invite(*InviteCode::parse(text));
  if (!invite) throw Refused(std::string(describe(ChangeRefusal::no_such_invite)));
  return invite->id;
}

class InviteRevoke final : public Command {
 public:
  void declare(CLI::App& app) override {
    app.add_option("INVITE", which_, "the invitation's id or its code")->required()->type_name("")->check(problem_with);
  }

  void run(Call& call) override {
    OpenedRegistry registry = open_registry(call.state, OpenedBy::command);
    const InviteId id = id_of(registry.database, which_);
    const auto revoked = registry.database.revoke_invite(id, std::nullopt, call.console.now);
    if (!revoked) throw Refused(id.to_string() + ": " + std::string(describe(revoked.error())));
    if (!call.output.is_json()) return call.output.line("the invitation " + id.to_string() + " is void");
    nlohmann::ordered_json json;
    json["id"] = id.to_string();
    json["state"] = to_string(InviteState::revoked);
    call.output.object(json);
  }

 private:
  std::string which_;
};

}  // namespace

std::unique_ptr<Command> make_invite_revoke() { return std::make_unique<InviteRevoke>(); }

}  // namespace sisu::relay::admin
