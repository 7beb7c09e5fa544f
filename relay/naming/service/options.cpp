#include "relay/naming/service/options.hpp"

#include <CLI/CLI.hpp>

namespace sisu::relay::naming {

Result<std::variant<Options, Answer>, std::string> parse_options(int argc, const char* const* argv) {
  Options options;
  std::string log_level = "info", log_format = "text";
  CLI::App app("Keeps the records of Sisumail's users in DNS: tells the zone's provider what the relay wants.",
               "sisumail-dns");
  app.add_option("--config", options.config, "the configuration (default /etc/sisumail/dns.toml)")->type_name("FILE");
  app.add_flag("--check-config", options.only_check, "read the configuration and the credential, then exit");
  app.add_option("--log-format", log_format, "text or json")->check(CLI::IsMember({"text", "json"}));
  app.add_option("--log-level", log_level, "debug, info, warning or error")
      ->check(CLI::IsMember({"debug", "info", "warning", "error"}));
  app.set_version_flag("--version", std::string("sisumail-dns ") + SISUMAIL_VERSION);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return Answer{app.help()};
  } catch (const CLI::CallForVersion& version) {
    return Answer{std::string(version.what()) + "\n"};
  } catch (const CLI::ParseError& error) {
    const std::string what = error.what();
    return fail(what.substr(0, what.find('\n')) + "; see sisumail-dns --help");
  }
  options.log = {*log::parse_level(log_level), *log::parse_format(log_format)};
  return options;
}

}  // namespace sisu::relay::naming
