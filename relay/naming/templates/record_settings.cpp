#include "relay/naming/templates/record_settings.hpp"

#include "common/toml/keys.hpp"

#include <algorithm>

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

Key seconds(Ttl& into) {
  return [&into](const std::string& name, const toml::node& node) {
    const auto number = value_of<std::int64_t>(name, node, "a number of seconds");
    if (number < 1 || number > RecordSettings::longest_ttl.count())
      throw Wrong{node.source(),
                  name + " must be between 1 and " + std::to_string(RecordSettings::longest_ttl.count()) + " seconds"};
    into = Ttl(static_cast<std::uint32_t>(number));
  };
}

/// One string of a TXT record, without what would have to be escaped in it.
Key policy(std::string& into, std::string_view version) {
  return [&into, version](const std::string& name, const toml::node& node) {
    into = text_of(name, node);
    if (into.empty()) return;
    if (!into.starts_with(version)) throw Wrong{node.source(), name + " must begin with " + std::string(version)};
    if (into.size() > RecordSettings::longest_policy)
      throw Wrong{node.source(), name + " is longer than " + std::to_string(RecordSettings::longest_policy)};
    const bool plain = std::ranges::all_of(into, [](char c) { return c >= ' ' && c < 0x7F && c != '"' && c != '\\'; });
    if (!plain) throw Wrong{node.source(), name + " has a character other than printable ASCII, or a quote"};
  };
}

Key issuers(std::vector<std::string>& into) {
  return [&into](const std::string& name, const toml::node& node) {
    into.clear();
    for (const auto& entry : list_of(name, node, RecordSettings::most_issuers)) {
      const std::string text = text_of(name, entry);
      const auto domain = RecordName::parse(text + ".");
      if (!domain) throw Wrong{entry.source(), "\"" + text + "\" is no CA's domain, such as letsencrypt.org"};
      into.push_back(domain->to_string().substr(0, text.size()));
    }
  };
}

Key addresses(std::vector<IpAddress>& into) {
  return [&into](const std::string& name, const toml::node& node) {
    into.clear();
    for (const auto& entry : list_of(name, node, RecordSettings::most_spool_addresses)) {
      const std::string text = text_of(name, entry);
      const auto address = IpAddress::parse(text);
      if (!address || address->is_unspecified() || address->is_multicast())
        throw Wrong{entry.source(), "\"" + text + "\" is no address of a host"};
      into.push_back(*address);
    }
  };
}

Key acme_account(std::optional<AcmeAccountUri>& into) {
  return [&into](const std::string& name, const toml::node& node) {
    into = AcmeAccountUri::parse(text_of(name, node));
    if (!into) throw Wrong{node.source(), name + " must be the https URL of an ACME account"};
  };
}

Keys keys_into(RecordSettings& settings) {
  auto& ttl = settings.ttl;
  return {
      {"strict_address", flag(settings.strict_address)},
      {"ttl", section({{"address", seconds(ttl.address)},
                       {"tlsa", seconds(ttl.tlsa)},
                       {"caa", seconds(ttl.caa)},
                       {"challenge", seconds(ttl.challenge)},
                       {"mx", seconds(ttl.mx)},
                       {"policy", seconds(ttl.policy)}})},
      {"caa", section({{"issuers", issuers(settings.issuers)}})},
      {"spf", section({{"user", policy(settings.spf_user, "v=spf1")},
                       {"host", policy(settings.spf_host, "v=spf1")},
                       {"zone", policy(settings.spf_zone, "v=spf1")},
                       {"spool", policy(settings.spf_spool, "v=spf1")}})},
      {"dmarc",
       section({{"user", policy(settings.dmarc_user, "v=DMARC1")}, {"zone", policy(settings.dmarc_zone, "v=DMARC1")}})},
      {"spool", section({{"addresses", addresses(settings.spool_addresses)},
                         {"acme_account", acme_account(settings.spool_acme_account)}})},
  };
}

}  // namespace

Result<RecordSettings, std::string> parse_record_settings(std::string_view text, const std::string& file) {
  RecordSettings settings;
  if (auto read = toml_keys::read(text, file, keys_into(settings)); !read) return fail(std::move(read.error()));
  return settings;
}

Result<RecordSettings, std::string> load_record_settings(const std::filesystem::path& file) {
  const auto text = toml_keys::load(file);
  if (!text) return fail(text.error());
  return parse_record_settings(*text, file.string());
}

}  // namespace sisu::relay::naming
