// user list: all accounts, or those of one state.
#include "relay/admin/account_text.hpp"
#include "relay/admin/command.hpp"
#include "relay/registry/state_directory.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace sisu::relay::admin {
namespace {

std::vector<Cell> row_of(const Account& account, const AccountNames& names) {
  return {{account.name.to_string()},    state_cell(account.state),
          {account.address.to_string()}, {std::string(tier2_text(account.tier2))},
          {time_text(account.created)},  {account.last_seen ? time_text(*account.last_seen) : "never"},
          {names.of(account.invited_by)}};
}

class UserList final : public Command {
 public:
  void declare(CLI::App& app) override {
    app.add_option("--only", only_, "accounts of this state: active, suspended or removed")
        ->type_name("STATE")
        ->check(CLI::IsMember({"active", "suspended", "removed"}));
  }

  void run(Call& call) override {
    OpenedRegistry registry = open_registry(call.state, OpenedBy::command);
    const auto accounts = registry.database.accounts();
    const AccountNames names(accounts);
    std::vector<std::vector<Cell>> rows;
    for (const AccountPtr& account : accounts) {
      if (!only_.empty() && to_string(account->state) != only_) continue;
      if (call.output.is_json()) {
        call.output.object(account_json(*account, names));
      } else {
        rows.push_back(row_of(*account, names));
      }
    }
    if (call.output.is_json()) return;
    call.output.table({"NAME", "STATE", "ADDRESS", "TIER2", "CREATED", "LAST SEEN", "INVITED BY"}, rows);
  }

 private:
  std::string only_;
};

}  // namespace

std::unique_ptr<Command> make_user_list() { return std::make_unique<UserList>(); }

}  // namespace sisu::relay::admin
