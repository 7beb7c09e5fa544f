// registry backup: a copy of the registry as of one moment, checked and synced, while the relay runs or not.
#include "common/sqlite/backup.hpp"
#include "relay/admin/command.hpp"
#include "relay/registry/state_directory.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace sisu::relay::admin {
namespace {

class RegistryBackup final : public Command {
 public:
  void declare(CLI::App& app) override {
    app.add_option("FILE", file_, "a new file; none is overwritten")->required()->type_name("");
  }

  void run(Call& call) override {
    OpenedRegistry registry = open_registry(call.state, OpenedBy::command);
    sqlite::back_up(registry.database.database(), file_);
    const auto bytes = std::filesystem::file_size(file_);
    const RegistryFiles files(call.state);
    if (call.output.is_json()) {
      nlohmann::ordered_json json;
      json["file"] = file_.string();
      json["bytes"] = bytes;
      json["not_included"] = files.invite_key.string();
      return call.output.object(json);
    }
    call.output.line(file_.string() + ": " + std::to_string(bytes) + " bytes, checked and synced. It holds no " +
                     "invitation codes: without " + files.invite_key.string() + ", open invitations are void");
  }

 private:
  std::filesystem::path file_;
};

}  // namespace

std::unique_ptr<Command> make_registry_backup() { return std::make_unique<RegistryBackup>(); }

}  // namespace sisu::relay::admin
