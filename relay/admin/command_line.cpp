#include "relay/admin/command_line.hpp"

#include "relay/admin/command.hpp"
#include "relay/host/state_directory.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>

namespace sisu::relay::admin {
namespace {

struct Group {
  std::string_view name;
  std::string_view summary;
};

struct Entry {
  std::string_view group;
  std::string_view name;
  std::string_view summary;
  std::unique_ptr<Command> (*make)();
};

constexpr std::array groups = {
    Group{"user", "users' accounts"},
    Group{"invite", "the operator's invitations"},
    Group{"registry", "the database of accounts as a whole"},
    Group{"dns", "users' records in DNS, by sisumail-dns"},
};

constexpr std::array entries = {
    Entry{"user", "list", "all accounts", make_user_list},
    Entry{"user", "show", "one account", make_user_show},
    Entry{"user", "suspend", "end the user's sessions and refuse new ones", make_user_suspend},
    Entry{"user", "restore", "let a suspended user back in", make_user_restore},
    Entry{"user", "remove", "end an account for good; nobody gets its name, key or address", make_user_remove},
    Entry{"user", "purge", "forget a removed account", make_user_purge},
    Entry{"invite", "mint", "make invitations; prints each code once", make_invite_mint},
    Entry{"invite", "list", "invitations and what became of them, without codes", make_invite_list},
    Entry{"invite", "revoke", "make an invitation void", make_invite_revoke},
    Entry{"registry", "check", "is it whole, and do its rules hold?", make_registry_check},
    Entry{"registry", "backup", "a consistent copy, also while the relay runs", make_registry_backup},
    Entry{"registry", "restore", "put a backup in its place, while the relay is stopped", make_registry_restore},
    Entry{"dns", "sync", "make the zone match what is wanted, now", make_dns_sync},
    Entry{"dns", "diff", "what is missing or foreign in the zone", make_dns_diff},
    Entry{"dns", "check", "what name servers and a resolver say", make_dns_check},
    Entry{"dns", "prune", "remove the records of those whom the relay does not know", make_dns_prune},
};

/// What all commands take.
struct Words {
  std::filesystem::path state;
  bool json = false;
};

struct Parsed {
  Command* command = nullptr;  ///< null: only help was asked for
  Words words;
};

/// The whole tree of commands, as CLI11 parses it.
class Tree {
 public:
  Tree() {
    app_.description("Commands for the relay's operator. They work on the registry, beside the running relay.");
    for (const Group& group : groups) {
      app_.add_subcommand(std::string(group.name), std::string(group.summary));
    }
    for (const Entry& entry : entries) add(entry);
  }

  /// The command that the words name. Throws CLI::ParseError; CLI::CallForHelp, after which help() has the text.
  Command& parse(int argc, const char* const* argv, Words& words) {
    app_.parse(argc, argv);
    const CLI::App* group = app_.get_subcommands().front();
    if (group->get_subcommands().empty()) {
      throw CLI::RequiredError("a command is missing after \"" + group->get_name() + "\"",
                               CLI::ExitCodes::RequiredError);
    }
    words = words_;
    return *commands_.at(group->get_subcommands().front());
  }

  std::string help() const { return app_.help(); }

  /// "sisumail-relay user show": as far as the words were understood.
  std::string path() const {
    std::string path = app_.get_name();
    for (const CLI::App* at = &app_; !at->get_subcommands().empty();) {
      at = at->get_subcommands().front();
      path += " " + at->get_name();
    }
    return path;
  }

 private:
  void add(const Entry& entry) {
    CLI::App* app = app_.get_subcommand(std::string(entry.group))
                        ->add_subcommand(std::string(entry.name), std::string(entry.summary));
    std::unique_ptr<Command> command = entry.make();
    command->declare(*app);
    app->add_option("--state", words_.state,
                    "the relay's state directory "
                    "(default /var/lib/sisumail-relay for root, else ~/.local/state/sisumail-relay)")
        ->type_name("DIR");
    app->add_flag("--json", words_.json, "one JSON object per line, for programs");
    commands_.emplace(app, std::move(command));
  }

  Words words_;
  CLI::App app_{"", "sisumail-relay"};
  std::map<const CLI::App*, std::unique_ptr<Command>> commands_;
};

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

bool is_group(std::string_view word) { return std::ranges::find(groups, word, &Group::name) != groups.end(); }

int end_with(Console& console, int status, const std::string& what) {
  console.errors = "sisumail-relay: " + what + "\n";
  return status;
}

void run(Command& command, const Words& words, Console& console) {
  const auto state = words.state.empty() ? host::StateDirectory::default_path() : words.state;
  if (state.empty()) throw Misused("--state: there is no home directory to look in: name the relay's state directory");
  Call call{state, Output(console.out, words.json ? Form::json : Form::text, console.color), console};
  command.run(call);
}

}  // namespace

bool is_command(int argc, const char* const* argv) { return argc > 1 && is_group(argv[1]); }

std::string_view misplaced_command(int argc, const char* const* argv) {
  for (int i = 2; i < argc; ++i) {
    if (is_group(argv[i])) return argv[i];
  }
  return "";
}

int run_command(int argc, const char* const* argv, Console& console) {
  Tree tree;
  const auto see = [&] { return "; see " + tree.path() + " --help"; };
  try {
    Words words;
    Command& command = tree.parse(argc, argv, words);
    run(command, words, console);
    return 0;
  } catch (const CLI::CallForHelp&) {
    console.out = tree.help();
    return 0;
  } catch (const CLI::ParseError& error) {
    return end_with(console, 2, first_line(error.what()) + see());
  } catch (const Misused& error) {
    return end_with(console, 2, error.what() + see());
  } catch (const std::exception& error) {
    return end_with(console, 1, error.what());
  }
}

std::string command_summary() {
  constexpr std::size_t column = 20;
  std::string text;
  for (const Entry& entry : entries) {
    std::string line = "  " + std::string(entry.group) + " " + std::string(entry.name);
    line.append(line.size() < column ? column - line.size() : 1, ' ');
    text += line + std::string(entry.summary) + "\n";
  }
  return text;
}

}  // namespace sisu::relay::admin
