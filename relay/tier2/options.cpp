#include "relay/tier2/options.hpp"

#include <CLI/CLI.hpp>

namespace sisu::relay::tier2 {
namespace {

constexpr int usage_error = 2;
constexpr int longest_ttl = 86'400;  // a roll waits for two of them

struct Words {
  std::string zone, state = "/var/lib/sisumail-tier2", dns_socket = "/run/sisumail-dns/socket";
  int ttl = 300;
  bool json = false;
};

tl::unexpected<NoRun> refuse(const std::string& what) {
  return fail(NoRun{usage_error, "sisumail-tier2: " + what + " (see sisumail-tier2 --help)\n"});
}

void add_options(CLI::App& app, Words& words) {
  app.add_option("--zone", words.zone, "The relay's mail domain: the keys are those of spool.DOMAIN")
      ->type_name("DOMAIN");
  app.add_option("--state", words.state, "Where the keys are")->type_name("DIR")->capture_default_str();
  app.add_option("--dns-socket", words.dns_socket, "The socket of sisumail-dns")
      ->type_name("PATH")
      ->capture_default_str();
  app.add_option("--tlsa-ttl", words.ttl, "Seconds that a TLSA record may be kept by who has asked for it")
      ->check(CLI::Range(1, longest_ttl).description(""))
      ->type_name("SECONDS")
      ->capture_default_str();
  app.add_flag("--json", words.json, "One JSON object instead of text");
  app.set_version_flag("--version", "sisumail-tier2 " SISUMAIL_VERSION);
}

}  // namespace

Result<KeyOptions, NoRun> parse_command_line(int argc, const char* const* argv) {
  Words words;
  CLI::App app("The TLS keys of spool.DOMAIN, where mail goes that finds its user away.", "sisumail-tier2");
  app.footer(
      "Run it as the user of sisumail-tier2: sisumail-dns lets nobody else change the records of spool.DOMAIN.\n"
      "Exit status: 0 done, 1 it failed, 2 the command line is wrong.");
  add_options(app, words);
  CLI::App& key = *app.add_subcommand("key", "The keys, and the change from one to the next")->require_subcommand(1);
  key.fallthrough();
  const auto add = [&](const char* name, const char* summary) { key.add_subcommand(name, summary)->fallthrough(); };
  add("init", "Make the keys if there are none, and publish them");
  add("status", "The keys, and what the world sees of them");
  add("roll", "Change to the next key as soon as every sender can know it; goes on where one was interrupted");
  app.require_subcommand(1);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return fail(NoRun{0, app.help("", CLI::AppFormatMode::All)});
  } catch (const CLI::CallForVersion& version) {
    return fail(NoRun{0, std::string(version.what()) + "\n"});
  } catch (const CLI::ParseError& error) {
    return refuse(error.what());
  }
  if (words.zone.empty()) return refuse("--zone DOMAIN is missing: whose spool is it?");
  const auto zone = mail::DomainName::parse(words.zone);
  if (!zone) return refuse("--zone: '" + words.zone + "' is not a domain: " + std::string(describe(zone.error())));
  KeyOptions options{KeyOptions::Command::status,     *zone,     words.state, words.dns_socket,
                     std::chrono::seconds(words.ttl), words.json};
  if (key.got_subcommand("init")) options.command = KeyOptions::Command::init;
  if (key.got_subcommand("roll")) options.command = KeyOptions::Command::roll;
  return options;
}

}  // namespace sisu::relay::tier2
