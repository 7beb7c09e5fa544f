#include "client/cli/options.hpp"

#include "client/acme/documents/json_object.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>

namespace sisu::client {
namespace {

namespace fs = std::filesystem;

constexpr int usage_error = 2;
constexpr std::uint64_t least_message_size = 64 * 1024;  // RFC 5321 4.5.3.1.7
constexpr std::uint64_t greatest_message_size = std::uint64_t{1} << 40;

/// As the words stood on the command line; made into Options by checked().
struct Words {
  std::string relay, user, zone = "test", tier1_zone, key, key_passphrase_file, known_hosts, maildir, state;
  std::optional<std::string> invite;
  std::vector<std::string> smtp_listen, smtp_listen_proxy;
  std::string tls_policy = "pragmatic", tls_certificate, tls_key, tls_ca;
  std::string acme_directory, acme_ca, acme_eab_kid, acme_eab_key_file;
  std::vector<std::string> acme_contacts;
  std::string log_format = "text", log_level = "info";
  bool accept_new_host_key = false;
  ReceptionLimits reception;
  smtp::ServerLimits smtp;
};

/// One of several words; the help shows them by `description`, not by CLI11's.
CLI::Validator one_of(std::vector<std::string> words) { return CLI::IsMember(std::move(words)).description(""); }

template <class Number>
CLI::Validator between(Number least, Number greatest) {
  return CLI::Range(least, greatest).description("");
}

void add_link_options(CLI::App& app, Words& words) {
  app.add_option("--relay", words.relay, "The relay's SSH address")->type_name("HOST[:PORT]");
  app.add_option("--user", words.user, "Your name at the relay: mail to NAME.ZONE is yours")->type_name("NAME");
  app.add_option("--zone", words.zone, "The relay's mail domain")->type_name("DOMAIN")->capture_default_str();
  app.add_option("--tier1-zone", words.tier1_zone,
                 "The relay's --tier1-zone, if it has one: senders connect to NAME below it (default: v6.ZONE)")
      ->type_name("DOMAIN");
  app.add_option("--invite", words.invite,
                 "An invitation code, for the first time: a relay that does not know your key yet may ask for one")
      ->type_name("CODE");
  app.add_option("--key", words.key, "Your SSH private key (ed25519); without it the ssh-agent's keys are used")
      ->type_name("FILE");
  app.add_option("--key-passphrase-file", words.key_passphrase_file,
                 "A file whose first line is the passphrase of --key; without it the terminal is asked")
      ->type_name("FILE");
  app.add_option("--known-hosts", words.known_hosts,
                 "Where the relay's host key is looked up (default: ~/.ssh/known_hosts)")
      ->type_name("FILE");
  app.add_flag("--accept-new-host-key", words.accept_new_host_key,
               "Store and trust the host key of a relay that is not known yet");
}

void add_mail_options(CLI::App& app, Words& words) {
  app.add_option("--maildir", words.maildir, "Where mail is stored; made if it is missing")->type_name("DIR");
  app.add_option("--state", words.state, "Where this program keeps its own files (default: ~/.local/state/sisumail)")
      ->type_name("DIR");
  app.add_option("--smtp-listen", words.smtp_listen, "Take mail on a local port, too; repeatable")
      ->allow_extra_args(false)
      ->type_name("ADDRESS:PORT");
  app.add_option("--smtp-listen-proxy", words.smtp_listen_proxy,
                 "The same behind a proxy on this machine that sends PROXY v2 headers; repeatable")
      ->allow_extra_args(false)
      ->type_name("ADDRESS:PORT");
}

void add_tls_options(CLI::App& app, Words& words) {
  app.add_option("--tls-policy", words.tls_policy,
                 "pragmatic: serve with any certificate; strict: only with one that verifies")
      ->check(one_of({"pragmatic", "strict"}))
      ->type_name("POLICY")
      ->capture_default_str();
  app.add_option("--tls-cert", words.tls_certificate, "Certificate chain (PEM) instead of a self-signed one")
      ->type_name("FILE");
  app.add_option("--tls-key", words.tls_key, "Private key (PEM) of --tls-cert")->type_name("FILE");
  app.add_option("--tls-ca", words.tls_ca, "CA certificates for --tls-policy strict instead of the system's")
      ->type_name("FILE");
}

void add_acme_options(CLI::App& app, Words& words) {
  app.add_option("--acme-directory", words.acme_directory,
                 "The CA to get a certificate from, by its ACME directory; off: none (default: Let's Encrypt, and off "
                 "without --relay, with --tls-cert, and in zones under .test)")
      ->type_name("URL");
  app.add_option("--acme-ca", words.acme_ca,
                 "CA certificates for the HTTPS of --acme-directory instead of the system's")
      ->type_name("FILE");
  app.add_option("--acme-eab-kid", words.acme_eab_kid, "Your account at a CA that wants one (external account binding)")
      ->type_name("ID");
  app.add_option("--acme-eab-key-file", words.acme_eab_key_file,
                 "A file with the MAC key of --acme-eab-kid, in base64url")
      ->type_name("FILE");
  app.add_option("--acme-contact", words.acme_contacts, "A mail address that the CA may write to; repeatable")
      ->allow_extra_args(false)
      ->type_name("ADDRESS");
}

void add_limit_options(CLI::App& app, Words& words) {
  app.add_option("--max-message-size", words.smtp.message_octets, "Bytes of one message, like 52428800 or 50MiB")
      ->transform(CLI::AsSizeValue(true).description(""))
      ->check(between(least_message_size, greatest_message_size))
      ->type_name("SIZE")
      ->capture_default_str();
  app.add_option("--max-recipients", words.smtp.recipients, "Recipients of one message")
      ->check(between(1, 10'000))
      ->type_name("N")
      ->capture_default_str();
  app.add_option("--max-messages", words.smtp.messages, "Messages of one connection")
      ->check(between(1, 1'000'000))
      ->type_name("N")
      ->capture_default_str();
  app.add_option("--max-connections", words.reception.connections, "Connections at once, in all")
      ->check(between(1, 100'000))
      ->type_name("N")
      ->capture_default_str();
  app.add_option("--max-listener-connections", words.reception.listener_connections,
                 "Connections at once by way of the relay, and on each local port")
      ->check(between(1, 100'000))
      ->type_name("N")
      ->capture_default_str();
}

void add_other_options(CLI::App& app, Words& words) {
  app.add_option("--log-format", words.log_format, "text or json, on standard error")
      ->check(one_of({"text", "json"}))
      ->type_name("FORMAT")
      ->capture_default_str();
  app.add_option("--log-level", words.log_level, "debug, info, warning or error")
      ->check(one_of({"debug", "info", "warning", "error"}))
      ->type_name("LEVEL")
      ->capture_default_str();
  app.set_version_flag("--version", "sisumail " SISUMAIL_VERSION);
}

tl::unexpected<NoRun> refuse(const std::string& what) {
  return fail(NoRun{usage_error, "sisumail: " + what + " (see sisumail --help)\n"});
}

std::optional<fs::path> optional_path(const std::string& word) {
  if (word.empty()) return std::nullopt;
  return fs::path(word);
}

Result<std::vector<Endpoint>, NoRun> parse_endpoints(const char* option, const std::vector<std::string>& words) {
  std::vector<Endpoint> endpoints;
  for (const std::string& word : words) {
    const auto endpoint = Endpoint::parse(word);
    if (!endpoint) {
      return refuse(std::string(option) + ": '" + word + "' is not ADDRESS:PORT, like 127.0.0.1:2526 or [::1]:2526");
    }
    endpoints.push_back(*endpoint);
  }
  return endpoints;
}

/// A default below the home directory; empty when there is none.
fs::path below_home(Environment environment, const char* place) {
  const char* home = environment("HOME");
  return home == nullptr || *home == '\0' ? fs::path() : fs::path(home) / place;
}

/// Looks like an invitation code; the relay knows whether it is one.
bool is_code(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7F; });
}

/// What is wrong with the words taken together; empty when nothing is.
std::string problem_of(const Words& words) {
  if (words.user.empty()) return "--user NAME is missing: whose mail is to be taken?";
  if (words.maildir.empty()) return "--maildir DIR is missing: where is mail to be stored?";
  if (words.relay.empty() && words.smtp_listen.empty() && words.smtp_listen_proxy.empty()) {
    return "nothing to serve: give --relay HOST:PORT, --smtp-listen or --smtp-listen-proxy";
  }
  if (words.invite && words.relay.empty()) return "--invite is for a relay: give --relay HOST:PORT";
  if (words.invite && !is_code(*words.invite)) return "--invite: a code has letters, digits and hyphens";
  if (words.tls_certificate.empty() != words.tls_key.empty()) return "--tls-cert and --tls-key only go together";
  if (!words.tls_ca.empty() && words.tls_policy != "strict") return "--tls-ca only goes with --tls-policy strict";
  if (!words.key_passphrase_file.empty() && words.key.empty()) return "--key-passphrase-file needs --key";
  return {};
}

/// A zone under .test exists on this machine only (RFC 6761 6.2): no CA of the internet's can look there.
bool is_test_zone(const mail::DomainName& zone) {
  const std::string& name = zone.to_string();
  return name == "test" || name.ends_with(".test");
}

/// As a URL: "mailto:niklas@example.org"; empty for what is no address.
std::string contact_url(const std::string& word) {
  constexpr std::string_view scheme = "mailto:";
  const std::string_view address = std::string_view(word).substr(word.starts_with(scheme) ? scheme.size() : 0);
  const auto at = address.find('@');
  const bool plain = std::ranges::all_of(address, [](char c) { return c > 0x20 && c < 0x7F && c != '?' && c != ','; });
  const bool good = plain && at != 0 && at != std::string_view::npos && at + 1 < address.size() &&
                    address.size() <= AcmeOptions::longest_contact;
  return good ? std::string(scheme) + std::string(address) : std::string();
}

bool has_acme_details(const Words& words) {
  return !words.acme_ca.empty() || !words.acme_eab_kid.empty() || !words.acme_eab_key_file.empty() ||
         !words.acme_contacts.empty();
}

Result<AcmeOptions, NoRun> parse_acme(const Words& words) {
  if (words.acme_eab_kid.empty() != words.acme_eab_key_file.empty()) {
    return refuse("--acme-eab-kid and --acme-eab-key-file only go together");
  }
  AcmeOptions acme;
  if (!words.acme_directory.empty()) acme.directory = words.acme_directory;
  if (!acme::is_url(acme.directory))
    return refuse("--acme-directory: '" + acme.directory + "' is not an https URL, nor off");
  acme.ca_file = optional_path(words.acme_ca);
  if (!words.acme_eab_kid.empty()) acme.external_key_id = words.acme_eab_kid;
  acme.external_key_file = optional_path(words.acme_eab_key_file);
  if (words.acme_contacts.size() > AcmeOptions::most_contacts) {
    return refuse("--acme-contact: at most " + std::to_string(AcmeOptions::most_contacts) + " addresses");
  }
  for (const std::string& word : words.acme_contacts) {
    acme.contacts.push_back(contact_url(word));
    if (acme.contacts.back().empty()) return refuse("--acme-contact: '" + word + "' is not a mail address");
  }
  return acme;
}

Result<std::optional<AcmeOptions>, NoRun> choose_acme(const Words& words, const mail::DomainName& zone) {
  const bool off = words.acme_directory == "off" || words.acme_directory == "none";
  const bool asked = !words.acme_directory.empty() && !off;
  if (asked && words.relay.empty())
    return refuse("--acme-directory needs --relay: the proof of your name is set in DNS through it");
  if (asked && !words.tls_certificate.empty()) return refuse("--acme-directory and --tls-cert exclude each other");
  const bool by_default =
      words.acme_directory.empty() && !words.relay.empty() && words.tls_certificate.empty() && !is_test_zone(zone);
  if (!asked && !by_default) {
    if (has_acme_details(words)) return refuse("--acme-... options need a CA: give --acme-directory URL");
    return std::optional<AcmeOptions>();
  }
  auto acme = parse_acme(words);
  if (!acme) return fail(acme.error());
  return std::optional<AcmeOptions>(std::move(*acme));
}

Result<Options, NoRun> checked(const Words& words, Environment environment) {
  if (const std::string problem = problem_of(words); !problem.empty()) return refuse(problem);
  const auto user = mail::Username::parse(words.user);
  if (!user) return refuse("--user: '" + words.user + "' is not a name: " + std::string(describe(user.error())));
  const auto zone = mail::DomainName::parse(words.zone);
  if (!zone) return refuse("--zone: '" + words.zone + "' is not a domain: " + std::string(describe(zone.error())));
  const auto tier1_zone =
      mail::DomainName::parse(words.tier1_zone.empty() ? "v6." + zone->to_string() : words.tier1_zone);
  if (!tier1_zone) {
    return refuse("--tier1-zone: '" + words.tier1_zone +
                  "' is not a domain: " + std::string(describe(tier1_zone.error())));
  }
  std::optional<RelayAddress> relay;
  if (!words.relay.empty()) {
    relay = RelayAddress::parse(words.relay);
    if (!relay) return refuse("--relay: '" + words.relay + "' is not HOST or HOST:PORT, like relay.example.org:2222");
  }
  auto listen = parse_endpoints("--smtp-listen", words.smtp_listen);
  if (!listen) return fail(listen.error());
  auto listen_proxy = parse_endpoints("--smtp-listen-proxy", words.smtp_listen_proxy);
  if (!listen_proxy) return fail(listen_proxy.error());
  for (const Endpoint& endpoint : *listen_proxy) {
    if (endpoint.address.is_loopback()) continue;
    return refuse("--smtp-listen-proxy: " + endpoint.to_string() +
                  " is not a loopback address: whoever reaches it could claim to be any sender");
  }
  auto acme = choose_acme(words, *zone);
  if (!acme) return fail(acme.error());
  const fs::path known_hosts =
      words.known_hosts.empty() ? below_home(environment, ".ssh/known_hosts") : fs::path(words.known_hosts);
  const fs::path state = words.state.empty() ? default_state(environment) : fs::path(words.state);
  if (known_hosts.empty() || state.empty()) return refuse("HOME is not set: give --state and --known-hosts");

  return Options{std::move(relay),
                 *user,
                 *zone,
                 tier1_zone->to_string(),
                 words.invite,
                 optional_path(words.key),
                 optional_path(words.key_passphrase_file),
                 known_hosts,
                 words.accept_new_host_key,
                 words.maildir,
                 state,
                 std::move(*listen),
                 std::move(*listen_proxy),
                 words.tls_policy == "strict" ? TlsPolicy::strict : TlsPolicy::pragmatic,
                 optional_path(words.tls_certificate),
                 optional_path(words.tls_key),
                 optional_path(words.tls_ca),
                 std::move(*acme),
                 words.reception,
                 words.smtp,
                 {log::parse_level(words.log_level).value(), log::parse_format(words.log_format).value()}};
}

}  // namespace

fs::path default_state(Environment environment) {
  const char* base = environment("XDG_STATE_HOME");
  if (base != nullptr && *base == '/') return fs::path(base) / "sisumail";
  return below_home(environment, ".local/state/sisumail");
}

Result<Options, NoRun> parse_command_line(int argc, const char* const* argv, Environment environment) {
  Words words;
  CLI::App app("Takes mail through a Sisumail relay into a Maildir on this machine.", "sisumail");
  app.footer(
      "Commands, each with --help:\n"
      "  status       Whether mail reaches you, and what is missing\n"
      "  key roll     Change the TLS key\n"
      "  key status   Where a change of the TLS key stands\n\n"
      "Signals: TERM and INT end the program (a second one at once), USR1 ends a wait before the next log-in.\n"
      "Exit status: 0 stopped by a signal, 1 it could not go on, 2 the command line is wrong.");
  add_link_options(app, words);
  add_mail_options(app, words);
  add_tls_options(app, words);
  add_acme_options(app, words);
  add_limit_options(app, words);
  add_other_options(app, words);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return fail(NoRun{0, app.help()});
  } catch (const CLI::CallForVersion& version) {
    return fail(NoRun{0, std::string(version.what()) + "\n"});
  } catch (const CLI::ParseError& error) {
    return refuse(error.what());
  }
  return checked(words, environment);
}

}  // namespace sisu::client
