// user suspend: ends a user's sessions and refuses new ones, until restored. Mail for them is refused meanwhile.
#include "relay/admin/account_change.hpp"

namespace sisu::relay::admin {
namespace {

class UserSuspend final : public Command {
 public:
  void declare(CLI::App& app) override { declare_name(app, name_); }
  void run(Call& call) override {
    change_state(call, name_, AccountState::suspended,
                 "sessions end within a second, log-ins are refused until it is restored");
  }

 private:
  std::string name_;
};

}  // namespace

std::unique_ptr<Command> make_user_suspend() { return std::make_unique<UserSuspend>(); }

}  // namespace sisu::relay::admin
