// What an operator's command is. Each has a file of its own; command_line.cpp lists and runs them.
#pragma once

#include "relay/admin/console.hpp"
#include "relay/admin/output.hpp"
#include "relay/registry/registry_database.hpp"

#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>

namespace CLI {
class App;
}

namespace sisu::relay::admin {

/// The command cannot be done, or must not be: exit status 1. what() is one line: what, why, what to do.
class Refused : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The words do not make a command: exit status 2.
class Misused : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// One call of a command.
struct Call {
  std::filesystem::path state;  ///< the relay's state directory
  Output output;
  Console& console;
};

class Command {
 public:
  virtual ~Command() = default;

  /// Adds its words and options; --state, --json and --help are everybody's.
  virtual void declare(CLI::App& app) = 0;
  /// Throws Refused, Misused, sqlite::Error or std::system_error; then it has changed nothing.
  virtual void run(Call& call) = 0;
};

std::unique_ptr<Command> make_user_list();
std::unique_ptr<Command> make_user_show();
std::unique_ptr<Command> make_user_suspend();
std::unique_ptr<Command> make_user_restore();
std::unique_ptr<Command> make_user_remove();
std::unique_ptr<Command> make_user_purge();
std::unique_ptr<Command> make_invite_mint();
std::unique_ptr<Command> make_invite_list();
std::unique_ptr<Command> make_invite_revoke();
std::unique_ptr<Command> make_registry_check();
std::unique_ptr<Command> make_registry_backup();
std::unique_ptr<Command> make_registry_restore();
std::unique_ptr<Command> make_dns_sync();
std::unique_ptr<Command> make_dns_diff();
std::unique_ptr<Command> make_dns_check();
std::unique_ptr<Command> make_dns_prune();

}  // namespace sisu::relay::admin
