// user purge: forgets a removed account. Its key and address stay retired; its name, too, unless --release-name gives
// it back, which is asked for twice, because whoever claims the name gets what people still send to its former owner.
#include "relay/admin/account_change.hpp"
#include "relay/registry/state_directory.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace sisu::relay::admin {
namespace {

class UserPurge final : public Command {
 public:
  void declare(CLI::App& app) override {
    declare_name(app, name_);
    app.add_flag("--release-name", release_,
                 "let the name be claimed again: the newcomer gets the mail that is still sent to its former owner");
    app.add_option("--yes-release", confirmed_,
                   "the name once more, in place of the questions, where nobody can be asked")
        ->type_name("NAME");
  }

  void run(Call& call) override {
    if (!release_ && !confirmed_.empty()) throw Misused("--yes-release means nothing without --release-name");
    const AccountName name = stored_name(name_);
    OpenedRegistry registry = open_registry(call.state, OpenedBy::command);
    expect_removed(registry.database, name);
    if (release_) confirm(call.console, name.to_string());
    const auto purged = registry.database.purge(name, release_ ? PurgedName::released : PurgedName::kept);
    if (!purged) refuse(name_, purged.error());
    say(call.output, **purged);
  }

 private:
  /// Nobody is asked about what cannot be done.
  void expect_removed(RegistryDatabase& registry, const AccountName& name) const {
    const AccountPtr account = registry.find(name);
    if (!account) refuse(name_, ChangeRefusal::no_such_account);
    if (account->state != AccountState::removed) refuse(name_, ChangeRefusal::not_removed);
  }

  void confirm(const Console& console, const std::string& name) const {
    if (!confirmed_.empty()) {
      if (confirmed_ != name) throw Misused("--yes-release names \"" + confirmed_ + "\", not \"" + name + "\"");
      return;
    }
    if (!console.ask) {
      throw Misused(
          "--release-name lets a newcomer get the former owner's mail, and there is no terminal to ask on: say "
          "--yes-release " +
          name);
    }
    const auto typed = [&](const std::string& question) {
      if (console.ask(question) != name) throw Refused("that is not the name: nothing was changed");
    };
    typed("Whoever claims \"" + name + "\" next gets all mail that is still sent to its former owner:\n" +
          "private letters, bills, links that reset passwords. Without --release-name nobody can claim it.\n" +
          "Type the name to go on: ");
    typed("This cannot be undone once somebody has claimed it. Type the name again to release it: ");
  }

  void say(Output& output, const Account& account) const {
    if (output.is_json()) {
      nlohmann::ordered_json json;
      json["name"] = account.name.to_string();
      json["purged"] = true;
      json["name_released"] = release_;
      return output.object(json);
    }
    output.line(account.name.to_string() + " is purged: " +
                (release_ ? "its name can be claimed by anybody; its key and address cannot be used again"
                          : "its name, key and address cannot be used again"));
  }

  std::string name_;
  bool release_ = false;
  std::string confirmed_;
};

}  // namespace

std::unique_ptr<Command> make_user_purge() { return std::make_unique<UserPurge>(); }

}  // namespace sisu::relay::admin
