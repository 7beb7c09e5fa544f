// registry restore: puts a backup in the place of the registry, which is kept under another name. Refuses beside a
// running relay.
#include "relay/registry/registry_restore.hpp"

#include "relay/admin/command.hpp"
#include "relay/registry/state_directory.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace sisu::relay::admin {
namespace {

/// "20261120T120000Z": such a time can be part of a file's name everywhere.
std::string compact_time_text(Time time) {
  std::string text = time_text(time);
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  return text;
}

class RegistryRestore final : public Command {
 public:
  void declare(CLI::App& app) override {
    app.add_option("FILE", file_, "what registry backup wrote; it stays as it is")->required()->type_name("");
  }

  void run(Call& call) override {
    if (!std::filesystem::is_directory(call.state)) {
      throw Refused(call.state.string() + ": there is no such state directory: start the relay once, which makes it");
    }
    const Restored restored = restore_registry(call.state, file_, compact_time_text(call.console.now));
    if (call.output.is_json()) return call.output.object(as_json(restored));
    call.output.line("restored " + count_text(restored.accounts, "account") + " from " + file_.string());
    call.output.line("names claimed since that backup are free, accounts removed since are back");
    if (restored.former) call.output.line("what was there is now " + restored.former->string());
  }

 private:
  static nlohmann::ordered_json as_json(const Restored& restored) {
    nlohmann::ordered_json json;
    json["accounts"] = restored.accounts;
    if (restored.former) json["former"] = restored.former->string();
    return json;
  }

  std::filesystem::path file_;
};

}  // namespace

std::unique_ptr<Command> make_registry_restore() { return std::make_unique<RegistryRestore>(); }

}  // namespace sisu::relay::admin
