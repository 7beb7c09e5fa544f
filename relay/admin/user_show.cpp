// user show: one account, by its name or its key's fingerprint.
#include "relay/admin/account_change.hpp"
#include "relay/admin/account_text.hpp"
#include "relay/registry/state_directory.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace sisu::relay::admin {
namespace {

std::string problem_with(const std::string& text) {
  if (Fingerprint::parse(text)) return "";
  if (text.starts_with("SHA256:")) return "not a fingerprint: SHA256: and 43 characters, as ssh-keygen -l prints it";
  const auto name = AccountName::parse_stored(text);
  return name ? "" : std::string(describe(name.error()));
}

AccountPtr find(RegistryDatabase& registry, const std::string& text) {
  if (const auto fingerprint = Fingerprint::parse(text)) return registry.find(*fingerprint);
  return registry.find(stored_name(text));
}

class UserShow final : public Command {
 public:
  void declare(CLI::App& app) override {
    app.add_option("NAME", who_, "the account's name, or the fingerprint of its key (SHA256:...)")
        ->required()
        ->type_name("")
        ->check(problem_with);
  }

  void run(Call& call) override {
    OpenedRegistry registry = open_registry(call.state, OpenedBy::command);
    const AccountPtr account = find(registry.database, who_);
    if (!account) refuse(who_, ChangeRefusal::no_such_account);
    const AccountNames names(registry.database.accounts());
    if (call.output.is_json()) return call.output.object(account_json(*account, names));
    print(call.output, *account, names);
  }

 private:
  static void print(Output& output, const Account& account, const AccountNames& names) {
    output.entry("name", {account.name.to_string()});
    output.entry("state", state_cell(account.state));
    output.entry("address", {account.address.to_string()});
    output.entry("fingerprint", {account.fingerprint().to_string()});
    output.entry("key", {account.key.to_openssh()});
    output.entry("tier 2", {std::string(tier2_text(account.tier2))});
    output.entry("created", {time_text(account.created)});
    output.entry("last seen", {account.last_seen ? time_text(*account.last_seen) : "never"});
    if (const auto inviter = names.of(account.invited_by); !inviter.empty()) output.entry("invited by", {inviter});
  }

  std::string who_;
};

}  // namespace

std::unique_ptr<Command> make_user_show() { return std::make_unique<UserShow>(); }

}  // namespace sisu::relay::admin
