// user remove: ends an account for good. Its name, key and address are given to nobody.
#include "relay/admin/account_change.hpp"

namespace sisu::relay::admin {
namespace {

class UserRemove final : public Command {
 public:
  void declare(CLI::App& app) override { declare_name(app, name_); }
  void run(Call& call) override {
    change_state(call, name_, AccountState::removed,
                 "sessions end within a second; nobody will get its name, key or address again");
  }

 private:
  std::string name_;
};

}  // namespace

std::unique_ptr<Command> make_user_remove() { return std::make_unique<UserRemove>(); }

}  // namespace sisu::relay::admin
