#include "relay/admin/account_change.hpp"

#include "common/base/expects.hpp"
#include "relay/admin/account_text.hpp"
#include "relay/registry/state_directory.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace sisu::relay::admin {

void declare_name(CLI::App& app, std::string& name) {
  app.add_option("NAME", name, "the account's name")
      ->required()
      ->type_name("")
      ->check([](const std::string& text) -> std::string {
        const auto parsed = AccountName::parse_stored(text);
        return parsed ? "" : std::string(describe(parsed.error()));
      });
}

AccountName stored_name(const std::string& name) {
  auto parsed = AccountName::parse_stored(name);
  expects(parsed.has_value(), "a name that was checked");
  return *std::move(parsed);
}

void change_state(Call& call, const std::string& name, AccountState state, std::string_view then) {
  OpenedRegistry registry = open_registry(call.state, OpenedBy::command);
  const auto changed = registry.database.set_state(stored_name(name), state);
  if (!changed) refuse(name, changed.error());
  const Account& account = **changed;
  if (call.output.is_json()) {
    return call.output.object(account_json(account, AccountNames(registry.database.accounts())));
  }
  call.output.line(account.name.to_string() + " is " + std::string(to_string(account.state)) + ": " +
                   std::string(then));
}

void refuse(const std::string& name, ChangeRefusal refusal) {
  throw Refused(name + ": " + std::string(describe(refusal)));
}

}  // namespace sisu::relay::admin
