// user restore: lets a suspended user back in.
#include "relay/admin/account_change.hpp"

namespace sisu::relay::admin {
namespace {

class UserRestore final : public Command {
 public:
  void declare(CLI::App& app) override { declare_name(app, name_); }
  void run(Call& call) override { change_state(call, name_, AccountState::active, "log-ins are accepted again"); }

 private:
  std::string name_;
};

}  // namespace

std::unique_ptr<Command> make_user_restore() { return std::make_unique<UserRestore>(); }

}  // namespace sisu::relay::admin
