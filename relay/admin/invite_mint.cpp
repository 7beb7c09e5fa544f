// invite mint: makes invitations of the operator's. Their codes are printed here and nowhere else.
#include "relay/admin/command.hpp"
#include "relay/registry/state_directory.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace sisu::relay::admin {
namespace {

class InviteMint final : public Command {
 public:
  void declare(CLI::App& app) override {
    app.add_option("COUNT", count_, "how many, 1 to 1000 (default 1)")
        ->type_name("")
        ->check(CLI::Range(1U, RegistryDatabase::mint_limit));
  }

  void run(Call& call) override {
    OpenedRegistry registry = open_registry(call.state, OpenedBy::command);
    const auto codes = registry.database.mint_invites(count_, call.console.now);
    if (!codes) throw Refused(std::string(describe(codes.error())));
    for (const std::string& code : *codes) {
      if (!call.output.is_json()) {
        call.output.line(code);
        continue;
      }
      nlohmann::ordered_json json;
      const auto invite = registry.database.find_invite(*InviteCode::parse(code));
      if (invite) json["id"] = invite->id.to_string();
      json["code"] = code;
      call.output.object(json);
    }
  }

 private:
  unsigned count_ = 1;
};

}  // namespace

std::unique_ptr<Command> make_invite_mint() { return std::make_unique<InviteMint>(); }

}  // namespace sisu::relay::admin
