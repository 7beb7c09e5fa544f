#include "relay/options.hpp"

#include "relay/admin/command_line.hpp"
#include "relay/ipv4_assignment.hpp"
#include "relay/limits/limit_table.hpp"
#include "relay/naming/templates/templates.hpp"

#include <CLI/CLI.hpp>

#include <sys/un.h>
#include <thread>

namespace sisu::relay {
namespace {

constexpr std::size_t most_threads = 256;

/// The options that go with --zone, as they stood on the command line.
struct ZoneWords {
  std::string zone;
  std::optional<std::string> ipv6_prefix, claim_policy, spool_default, tier1_zone;
  std::optional<std::uint16_t> tier1_port;
  std::vector<std::string> ipv4;
  std::string dns_socket, dns_records;
};

struct MetricsWords {
  std::string listen;
  bool allow_remote = false;
};

struct Words {
  Options options;
  ZoneWords zone;
  MetricsWords metrics;
  std::string log_level = "info";
  std::string log_format = "text";
  std::vector<std::string> limits;
  bool show_limits = false;
};

void declare_zone(CLI::App& app, ZoneWords& words) {
  app.add_option("--zone", words.zone, "serve the users of this mail domain out of the registry in --state")
      ->type_name("DOMAIN");
  app.add_option("--ipv6-prefix", words.ipv6_prefix, "the /64 out of which each user has an address (with --zone)")
      ->type_name("PREFIX/64");
  app.add_option("--tier1-zone", words.tier1_zone,
                 "users' hosts stand below this name within --zone (default v6.DOMAIN)")
      ->type_name("DOMAIN");
  app.add_option("--tier1-port", words.tier1_port, "where senders connect on users' addresses (default 25)")
      ->type_name("PORT")
      ->check(CLI::Range(1, 65535).description(""));
  app.add_option("--tier1-ipv4", words.ipv4, "a single IPv4 address for a user, beside the IPv6 one; repeatable")
      ->type_name("ADDRESS:PORT=USER")
      ->expected(1)
      ->take_all();
  app.add_option("--dns-socket", words.dns_socket,
                 "the socket of sisumail-dns: users' records are written to DNS (/run/sisumail-dns/socket)")
      ->type_name("PATH");
  app.add_option("--dns-records", words.dns_records, "what these records say (TOML, with --dns-socket)")
      ->type_name("FILE");
  app.add_option("--claim-policy", words.claim_policy, "who may claim a name: open, invite (default) or closed")
      ->type_name("POLICY")
      ->check(CLI::IsMember({"open", "invite", "closed"}).description(""));
  app.add_option("--spool-default", words.spool_default, "Tier 2 of new users: on or off (default)")
      ->type_name("on|off")
      ->check(CLI::IsMember({"on", "off"}).description(""));
}

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

void declare_metrics(CLI::App& app, MetricsWords& words) {
  app.add_option("--metrics-listen", words.listen, "serve /healthz, /readyz and /metrics over HTTP on this address")
      ->type_name("ADDRESS");
  app.add_flag("--metrics-allow-remote", words.allow_remote,
               "let that be an address that others reach: whoever does may read it");
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

/// An option that goes with --zone only; empty if none was given.
std::string_view zone_option_in(const ZoneWords& words) {
  if (words.ipv6_prefix) return "--ipv6-prefix";
  if (words.tier1_zone) return "--tier1-zone";
  if (words.tier1_port) return "--tier1-port";
  if (!words.ipv4.empty()) return "--tier1-ipv4";
  if (!words.dns_socket.empty()) return "--dns-socket";
  if (!words.dns_records.empty()) return "--dns-records";
  if (words.claim_policy) return "--claim-policy";
  if (words.spool_default) return "--spool-default";
  return "";
}

Result<void, std::string> check_dev(const Words& words) {
  if (const auto option = zone_option_in(words.zone); !option.empty()) {
    return fail(std::string(option) + " goes with --zone, not with --dev-user");
  }
  if (words.options.tier1_listen.empty()) {
    return fail("--tier1-listen is missing: where senders connect, for instance :2525");
  }
  return {};
}

/// What DNS has no room for is better said now than at a claim.
Result<void, std::string> check_dns(const ZoneWords& words, ZoneOptions& zone) {
  if (words.dns_socket.empty()) {
    if (!words.dns_records.empty()) return fail("--dns-records goes with --dns-socket");
    return {};
  }
  constexpr std::size_t longest_path = sizeof(sockaddr_un::sun_path) - 1;
  if (words.dns_socket.size() > longest_path)
    return fail("--dns-socket: the path is longer than " + std::to_string(longest_path) + " bytes");
  zone.dns_socket = words.dns_socket;
  if (!words.dns_records.empty()) {
    auto records = naming::load_record_settings(words.dns_records);
    if (!records) return fail("--dns-records: " + records.error());
    zone.records = *std::move(records);
  }
  for (const auto& [user, address] : zone.ipv4) {
    if (zone.ipv4.count(user) > naming::Templates::most_ipv4)
      return fail("--tier1-ipv4: " + user + " has more than " + std::to_string(naming::Templates::most_ipv4) +
                  " addresses, too many for DNS");
  }
  const auto templates = naming::Templates::make(zone.name, zone.tier1_zone, zone.records);
  if (!templates) return fail("--zone: " + templates.error());
  return {};
}

Result<ZoneOptions, std::string> check_zone(const Words& words) {
  const ZoneWords& zone = words.zone;
  if (!words.options.tier1_listen.empty()) {
    return fail("--tier1-listen goes with --dev-user: with --zone each user has an address out of --ipv6-prefix");
  }
  const auto name = mail::DomainName::parse(zone.zone);
  if (!name) return fail("--zone: \"" + zone.zone + "\" is not a domain: " + std::string(describe(name.error())));
  if (!zone.ipv6_prefix) {
    return fail("--ipv6-prefix is missing: the /64 for users' addresses, for instance 2001:db8:1:2::/64");
  }
  const auto prefix = UserPrefix::parse(*zone.ipv6_prefix);
  if (!prefix) {
    return fail("--ipv6-prefix: \"" + *zone.ipv6_prefix +
                "\" is not a network of this machine's, like 2001:db8:1:2::/64: the length must be 64");
  }
  ZoneOptions checked{.name = *name, .prefix = *prefix};
  if (zone.claim_policy) checked.claim_policy = *parse_claim_policy(*zone.claim_policy);
  if (zone.spool_default) checked.spool_default = *zone.spool_default == "on" ? Tier2::on : Tier2::off;
  auto hosts = naming::Templates::check_tier1_zone(
      *name, zone.tier1_zone.value_or(naming::Templates::default_tier1_zone(*name)));
  if (!hosts) return fail((zone.tier1_zone ? "--tier1-zone: " : "--zone: ") + hosts.error());
  checked.tier1_zone = *std::move(hosts);
  if (zone.tier1_port) checked.tier1_port = *zone.tier1_port;
  auto ipv4 = parse_ipv4_assignments(zone.ipv4);
  if (!ipv4) return fail("--tier1-ipv4: " + ipv4.error());
  checked.ipv4 = *std::move(ipv4);
  if (auto dns = check_dns(zone, checked); !dns) return fail(std::move(dns.error()));
  return checked;
}

Result<std::optional<Endpoint>, std::string> check_metrics(const MetricsWords& words) {
  if (words.listen.empty()) {
    if (words.allow_remote) return fail("--metrics-allow-remote goes with --metrics-listen");
    return std::nullopt;
  }
  const auto address = Endpoint::parse(words.listen.starts_with(':') ? "127.0.0.1" + words.listen : words.listen);
  const std::string quoted = "--metrics-listen: \"" + words.listen + "\"";
  if (!address) return fail(quoted + " is not :PORT, ADDRESS:PORT or [ADDRESS]:PORT with a numeric address");
  if (!address->address.is_loopback() && !words.allow_remote) {
    return fail(quoted + " is not a loopback address; --metrics-allow-remote allows it, to all who reach it");
  }
  return address;
}

/// What cannot be checked word by word.
Result<void, std::string> check(Words& words) {
  Options& options = words.options;
  if (options.dev_user.empty() == words.zone.zone.empty()) {
    return fail(
        options.dev_user.empty()
            ? "--zone DOMAIN or --dev-user NAME is missing: whom is the relay to serve?; see sisumail-relay --help"
            : "--zone and --dev-user exclude each other: a registry of users, or one user on loopback");
  }
  if (options.ssh_listen.empty()) return fail("--ssh-listen is missing: where users log in, for instance :2222");
  auto metrics = check_metrics(words.metrics);
  if (!metrics) return fail(std::move(metrics.error()));
  options.metrics_listen = *metrics;
  if (words.zone.zone.empty()) return check_dev(words);
  auto zone = check_zone(words);
  if (!zone) return fail(std::move(zone.error()));
  options.zone = *std::move(zone);
  return {};
}

}  // namespace

Result<std::variant<Options, Answer>, std::string> parse_options(int argc, const char* const* argv) {
  Words words;
  words.options.threads = std::max(1U, std::thread::hardware_concurrency());
  CLI::App app("The relay of Sisumail: pipes mail to its users' own machines and reads none of it.", "sisumail-relay");
  declare(app, words);
  declare_zone(app, words.zone);
  declare_metrics(app, words.metrics);
  app.footer("Commands for the operator, beside the running relay (each has --help):\n" + admin::command_summary());
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return Answer{app.help()};
  } catch (const CLI::CallForVersion& version) {
    return Answer{std::string(version.what()) + "\n"};
  } catch (const CLI::ExtrasError& error) {
    const std::string command(admin::misplaced_command(argc, argv));
    if (command.empty()) return fail(first_line(error.what()) + "; see sisumail-relay --help");
    return fail("\"" + command + "\" must be the first word: sisumail-relay " + command + " ... --state DIR");
  } catch (const CLI::ParseError& error) {
    return fail(first_line(error.what()) + "; see sisumail-relay --help");
  }
  Options& options = words.options;
  for (const std::string& assignment : words.limits) {
    if (auto set = set_limit(options.limits, assignment); !set) return fail("--limit: " + set.error());
  }
  if (words.show_limits) return Answer{show_limits(options.limits)};
  options.log = {*log::parse_level(words.log_level), *log::parse_format(words.log_format)};
  if (auto checked = check(words); !checked) return fail(std::move(checked.error()));
  return std::move(options);
}

}  // namespace sisu::relay
