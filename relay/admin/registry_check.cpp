// registry check: whether the database is whole and its rules hold. Reads only.
#include "relay/registry/registry_check.hpp"

#include "relay/admin/command.hpp"
#include "relay/registry/state_directory.hpp"

#include <nlohmann/json.hpp>

namespace sisu::relay::admin {
namespace {

class RegistryCheck final : public Command {
 public:
  void declare(CLI::App&) override {}

  void run(Call& call) override {
    OpenedRegistry registry = open_registry(call.state, OpenedBy::command);
    const auto findings = check_registry(registry.database.database());
    for (const std::string& finding : findings) say(call.output, {{"finding", finding}}, finding);
    const std::string file = registry.database.database().path().string();
    if (!findings.empty()) {
      throw Refused(file + ": " + count_text(findings.size(), "finding") +
                    ": stop the relay, keep a copy of the file, and restore a backup");
    }
    const std::size_t accounts = registry.database.accounts().size();
    say(call.output, {{"sound", true}, {"accounts", accounts}},
        file + " is sound; it has " + count_text(accounts, "account"));
  }

 private:
  static void say(Output& output, const nlohmann::ordered_json& json, const std::string& text) {
    if (output.is_json()) {
      output.object(json);
    } else {
      output.line(text);
    }
  }
};

}  // namespace

std::unique_ptr<Command> make_registry_check() { return std::make_unique<RegistryCheck>(); }

}  // namespace sisu::relay::admin
