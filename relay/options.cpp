#include "relay/options.hpp"

#include "relay/admin/command_line.hpp"
#include "relay/limits/limit_table.hpp"

#include <CLI/CLI.hpp>

#include <thread>

namespace sisu::relay {
namespace {

constexpr std::size_t most_threads = 256;

struct Words {
  Options options;
  std::string log_level = "info";
  std::string log_format = "text";
  std::vector<std::string> limits;
  bool show_limits = false;
};

void declare(CLI::App& app, Words& words) {
  Options& options = words.options;
  app.add_option("--ssh-listen", options.ssh_listen, "where users log in: :PORT, ADDRESS:PORT or [ADDRESS]:PORT")
      ->type_name("ADDRESS")
      ->expected(1)
      ->take_all();
  app.add_option("--tier1-listen", options.tier1_listen, "where senders connect (with --dev-user)")
      ->type_name("ADDRESS")
      ->expected(1)
      ->take_all();
  app.add_option("--dev-user", options.dev_user,
                 "serve one user of this name on loopback; the first key that logs in is the user's")
      ->type_name("NAME");
  app.add_option("--state", options.state,
                 "directory of the host key and of what is remembered "
                 "(default /var/lib/sisumail-relay for root, else ~/.local/state/sisumail-relay)")
      ->type_name("DIR");
  app.add_option("--threads", options.threads, "event loops (default: one per core)")
      ->type_name("N")
      ->check(CLI::Range(std::size_t{1}, most_threads));
  app.add_option("--log-format", words.log_format, "text or json")->check(CLI::IsMember({"text", "json"}));
  app.add_option("--log-level", words.log_level, "debug, info, warning or error")
      ->check(CLI::IsMember({"debug", "info", "warning", "error"}));
  app.add_option("--limit", words.limits, "set a limit; --show-limits names them; repeatable")
      ->type_name("NAME=VALUE")
      ->expected(1)
      ->take_all();
  app.add_flag("--show-limits", words.show_limits, "print all limits and exit");
  app.set_version_flag("--version", std::string("sisumail-relay ") + SISUMAIL_VERSION);
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

/// What cannot be checked word by word.
Result<void, std::string> check(const Options& options) {
  if (options.dev_user.empty()) {
    return fail(
        "only --dev-user NAME can be served: the registry of users is not part of this version; "
        "see sisumail-relay --help");
  }
  if (options.ssh_listen.empty()) return fail("--ssh-listen is missing: where users log in, for instance :2222");
  if (options.tier1_listen.empty()) return fail("--tier1-listen is missing: where senders connect, for instance :2525");
  return {};
}

}  // namespace

Result<std::variant<Options, Answer>, std::string> parse_options(int argc, const char* const* argv) {
  Words words;
  words.options.threads = std::max(1U, std::thread::hardware_concurrency());
  CLI::App app("The relay of Sisumail: pipes mail to its users' own machines and reads none of it.", "sisumail-relay");
  declare(app, words);
  app.footer("Commands for the operator, beside the running relay (each has --help):\n" + admin::command_summary());
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return Answer{app.help()};
  } catch (const CLI::CallForVersion& version) {
    return Answer{std::string(version.what()) + "\n"};
  } catch (const CLI::ParseError& error) {
    return fail(first_line(error.what()) + "; see sisumail-relay --help");
  }
  Options& options = words.options;
  for (const std::string& assignment : words.limits) {
    if (auto set = set_limit(options.limits, assignment); !set) return fail("--limit: " + set.error());
  }
  if (words.show_limits) return Answer{show_limits(options.limits)};
  options.log = {*log::parse_level(words.log_level), *log::parse_format(words.log_format)};
  if (auto checked = check(options); !checked) return fail(std::move(checked.error()));
  return std::move(options);
}

}  // namespace sisu::relay
