#include "relay/naming/service/config.hpp"

#include "common/base/file_system.hpp"
#include "common/toml/keys.hpp"

#include <array>
#include <charconv>
#include <pwd.h>
#include <unistd.h>

namespace sisu::relay::naming {
namespace {

using toml_keys::flag;
using toml_keys::Key;
using toml_keys::Keys;
using toml_keys::list_of;
using toml_keys::section;
using toml_keys::text_of;
using toml_keys::value_of;
using toml_keys::Wrong;

constexpr std::size_t longest_credential = 4096;
constexpr std::int64_t longest_round = 7 * 24 * 3600;

/// What the file says, before it is put together.
struct Words {
  std::optional<RecordName> zone, tier1_zone;
  std::string provider;
  std::optional<std::string> relay, tier2;
  toml::source_region relay_at, tier2_at;
  std::optional<Endpoint> update_server;
  std::filesystem::path update_key, token_file, zone_file;
  std::string api_endpoint;
  std::optional<std::filesystem::path> api_ca;
  bool zone_file_is_signed = false;
  std::vector<std::string> reload;
  std::vector<RecordName> name_servers;
};

RecordName domain_of(const std::string& name, const toml::node& node) {
  auto text = text_of(name, node);
  if (!text.ends_with('.')) text += '.';
  auto domain = RecordName::parse(text);
  if (!domain) throw Wrong{node.source(), name + ": " + std::string(describe(domain.error())) + ", as in example.org"};
  return *std::move(domain);
}

Key domain(std::optional<RecordName>& into) {
  return [&into](const std::string& name, const toml::node& node) { into = domain_of(name, node); };
}

/// The token must go nowhere else.
Key https_url(std::string& into) {
  return [&into](const std::string& name, const toml::node& node) {
    into = text_of(name, node);
    if (!into.starts_with("https://"))
      throw Wrong{node.source(), name + ": \"" + into + "\" must begin with https://, as the token is sent there"};
  };
}

std::filesystem::path path_of(const std::string& name, const toml::node& node) {
  std::filesystem::path path = text_of(name, node);
  if (!path.is_absolute()) throw Wrong{node.source(), name + " must be an absolute path"};
  return path;
}

Key path(std::filesystem::path& into) {
  return [&into](const std::string& name, const toml::node& node) { into = path_of(name, node); };
}

Endpoint endpoint_of(const std::string& name, const toml::node& node) {
  const auto text = text_of(name, node);
  const auto endpoint = Endpoint::parse(text);
  if (!endpoint)
    throw Wrong{node.source(), name + ": \"" + text + "\" is not ADDRESS:PORT with a numeric address, as 127.0.0.1:53"};
  return *endpoint;
}

Key endpoint(std::optional<Endpoint>& into) {
  return [&into](const std::string& name, const toml::node& node) { into = endpoint_of(name, node); };
}

template <class T, class Read>
Key list(std::vector<T>& into, std::size_t most, Read read) {
  return [&into, most, read](const std::string& name, const toml::node& node) {
    into.clear();
    for (const auto& entry : list_of(name, node, most)) into.push_back(read(name, entry));
  };
}

Key seconds(std::chrono::seconds& into, std::int64_t longest) {
  return [&into, longest](const std::string& name, const toml::node& node) {
    const auto number = value_of<std::int64_t>(name, node, "a number of seconds");
    if (number < 1 || number > longest)
      throw Wrong{node.source(), name + " must be between 1 and " + std::to_string(longest) + " seconds"};
    into = std::chrono::seconds(number);
  };
}

/// The system's own number for a user name, or the number that stands there.
std::optional<uid_t> user_id(const std::string& name) {
  std::array<char, 16 * 1024> text{};
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwnam_r(name.c_str(), &entry, text.data(), text.size(), &found) == 0 && found) return found->pw_uid;
  uid_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (name.empty() || error != std::errc{} || end != name.data() + name.size()) return std::nullopt;
  return number;
}

Key user(std::optional<uid_t>& into) {
  return [&into](const std::string& name, const toml::node& node) {
    const auto text = text_of(name, node);
    into = user_id(text);
    if (!into) throw Wrong{node.source(), name + ": the system has no user \"" + text + "\": make it, or name another"};
  };
}

Key provider(std::string& into) {
  return [&into](const std::string& name, const toml::node& node) {
    into = text_of(name, node);
    if (into != "rfc2136" && into != "hetzner" && into != "zone_file")
      throw Wrong{node.source(), name + " must be \"rfc2136\", \"hetzner\" or \"zone_file\""};
  };
}

Keys keys_into(Config& config, Words& words) {
  constexpr std::size_t most_words = 32;
  constexpr std::size_t most_name_servers = 16;
  return {
      {"zone", domain(words.zone)},
      {"tier1_zone", domain(words.tier1_zone)},
      {"state", path(config.state)},
      {"socket", path(config.socket)},
      {"round_seconds", seconds(config.round_interval, longest_round)},
      {"provider", provider(words.provider)},
      {"peers", section({{"relay", user(config.relay)}, {"tier2", user(config.tier2)}})},
      {"lookup", section({{"servers", list(config.servers, Config::most_servers, endpoint_of)},
                          {"resolver", endpoint(config.resolver)}})},
      {"rfc2136", section({{"server", endpoint(words.update_server)}, {"key_file", path(words.update_key)}})},
      {"hetzner", section({{"token_file", path(words.token_file)},
                           {"endpoint", https_url(words.api_endpoint)},
                           {"ca_file", [&words](const std::string& name,
                                                const toml::node& node) { words.api_ca = path_of(name, node); }}})},
      {"zone_file", section({{"file", path(words.zone_file)},
                             {"signed", flag(words.zone_file_is_signed)},
                             {"reload", list(words.reload, most_words, text_of)},
                             {"name_servers", list(words.name_servers, most_name_servers, domain_of)}})},
  };
}

Result<ProviderSettings, std::string> provider_of(const Words& words) {
  if (words.provider == "rfc2136") {
    if (!words.update_server) return fail("server is missing in [rfc2136]: where updates go, as \"127.0.0.1:53\"");
    if (words.update_key.empty()) return fail("key_file is missing in [rfc2136]: the file of the TSIG key");
    return Rfc2136Settings{.server = *words.update_server, .key_file = words.update_key};
  }
  if (words.provider == "hetzner") {
    if (words.token_file.empty()) return fail("token_file is missing in [hetzner]: the file of the API token");
    hetzner::Options options{.zone = *words.zone, .token_file = words.token_file};
    if (!words.api_endpoint.empty()) options.endpoint = words.api_endpoint;
    options.ca_file = words.api_ca;
    return options;
  }
  if (words.zone_file.empty()) return fail("file is missing in [zone_file]: the zone file to write");
  if (!words.reload.empty() && !words.reload.front().starts_with('/'))
    return fail("reload in [zone_file] must begin with the absolute path of a program");
  return ZoneFileOptions{.zone = *words.zone,
                         .file = words.zone_file,
                         .is_signed = words.zone_file_is_signed,
                         .reload = words.reload,
                         .name_servers = words.name_servers};
}

/// tier1_zone is v6.ZONE where the file does not say.
Result<ZoneLayout, std::string> layout_of(const Words& words) {
  const auto& zone = *words.zone;
  if (!words.tier1_zone) {
    auto v6 = RecordName::parse("v6." + zone.to_string());
    if (!v6) return fail("zone: the name is too long for v6." + zone.to_string());
    return ZoneLayout{.zone = zone, .tier1_zone = *v6};
  }
  if (!words.tier1_zone->is_within(zone))
    return fail("tier1_zone must be within the zone " + zone.to_string() + ", as v6." + zone.to_string());
  return ZoneLayout{.zone = zone, .tier1_zone = *words.tier1_zone};
}

}  // namespace

Result<Config, std::string> parse_config(std::string_view text, const std::string& file) {
  Words words;
  const auto nowhere = RecordName::parse("invalid.").value();
  Config config{.layout = {.zone = nowhere, .tier1_zone = nowhere},
                .relay = {},
                .tier2 = {},
                .provider = Rfc2136Settings{},
                .servers = {},
                .resolver = {}};
  if (auto read = toml_keys::read(text, file, keys_into(config, words)); !read) return fail(std::move(read.error()));
  if (!words.zone) return fail(file + ": zone is missing: the mail domain, as zone = \"example.org\"");
  if (words.provider.empty()) return fail(file + ": provider is missing: \"rfc2136\", \"hetzner\" or \"zone_file\"");
  auto layout = layout_of(words);
  if (!layout) return fail(file + ": " + layout.error());
  auto settings = provider_of(words);
  if (!settings) return fail(file + ": " + settings.error());
  config.layout = *std::move(layout);
  config.provider = *std::move(settings);
  if (!config.relay) config.relay = user_id("sisumail-relay");
  if (!config.tier2) config.tier2 = user_id("sisumail-tier2");
  if (!config.relay)
    return fail(file + ": relay is missing in [peers], and there is no user sisumail-relay: whose records are these?");
  return config;
}

Result<Config, std::string> load_config(const std::filesystem::path& file) {
  const auto text = toml_keys::load(file);
  if (!text) return fail(text.error());
  return parse_config(*text, file.string());
}

Result<std::string, std::string> load_credential(const std::filesystem::path& file) {
  const auto refuse = [&](const std::string& why) { return fail(file.string() + ": " + why); };
  std::error_code missing;
  const auto target = std::filesystem::canonical(file, missing);  // a link's own mode says nothing
  if (missing) return refuse(missing.message() + ": it should hold a credential");
  const auto status = real_file_system().status(target);
  if (!status) return refuse(status.error().message() + ": it should hold a credential");
  // A file of root's that our group may read shows this in its mode, and so does one with an access list for us.
  const mode_t others = status->owner == ::geteuid() ? 077 : 027;
  if ((status->permissions & others) != 0) return refuse("others may read or write it: chmod 600 it");
  auto text = real_file_system().read(target, longest_credential);
  if (!text) return refuse(text.error().message());
  return text->substr(0, text->find_first_of("\r\n"));
}

}  // namespace sisu::relay::naming
