#include "relay/naming/templates/record_settings.hpp"

#include "common/base/file_system.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <toml++/toml.h>

namespace sisu::relay::naming {
namespace {

constexpr std::size_t largest_file = 64 * 1024;

/// Ends the reading; caught in parse_record_settings().
struct Wrong {
  toml::source_region where;
  std::string what;
};

/// What a key of a table does with its value.
using Key = std::function<void(const std::string& name, const toml::node& value)>;
using Keys = std::map<std::string, Key, std::less<>>;

std::string names_of(const Keys& keys) {
  std::string names;
  for (const auto& [name, key] : keys) names += (names.empty() ? "" : ", ") + name;
  return names;
}

void read_table(const std::string& title, const toml::table& table, const Keys& keys) {
  for (const auto& [key, value] : table) {
    const std::string name(key.str());
    const auto known = keys.find(name);
    if (known == keys.end())
      throw Wrong{key.source(), "no key is called \"" + name + "\" in " + title + "; there are: " + names_of(keys)};
    known->second(name, value);
  }
}

template <class T>
T value_of(const std::string& name, const toml::node& node, const char* kind) {
  const auto value = node.value_exact<T>();
  if (!value) throw Wrong{node.source(), name + " must be " + kind};
  return *value;
}

std::string text_of(const std::string& name, const toml::node& node) {
  return value_of<std::string>(name, node, "a text in quotes");
}

Key flag(bool& into) {
  return
      [&into](const std::string& name, const toml::node& node) { into = value_of<bool>(name, node, "true or false"); };
}

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

const toml::array& list_of(const std::string& name, const toml::node& node, std::size_t most) {
  const auto* list = node.as_array();
  if (list == nullptr) throw Wrong{node.source(), name + " must be a list in brackets"};
  if (list->size() > most) throw Wrong{node.source(), name + " has more than " + std::to_string(most) + " entries"};
  return *list;
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

Key section(Keys keys) {
  return [keys = std::move(keys)](const std::string& name, const toml::node& node) {
    const auto* table = node.as_table();
    if (table == nullptr) throw Wrong{node.source(), name + " must be a table: [" + name + "]"};
    read_table("[" + name + "]", *table, keys);
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

std::string at(const std::string& file, const toml::source_region& where) {
  return file + ":" + std::to_string(where.begin.line) + ": ";
}

}  // namespace

Result<RecordSettings, std::string> parse_record_settings(std::string_view text, const std::string& file) {
  RecordSettings settings;
  try {
    read_table("this file", toml::parse(text), keys_into(settings));
  } catch (const toml::parse_error& error) {
    return fail(at(file, error.source()) + std::string(error.description()));
  } catch (const Wrong& wrong) {
    return fail(at(file, wrong.where) + wrong.what);
  }
  return settings;
}

Result<RecordSettings, std::string> load_record_settings(const std::filesystem::path& file) {
  const auto text = real_file_system().read(file, largest_file);
  if (!text) return fail(file.string() + ": " + text.error().message());
  return parse_record_settings(*text, file.string());
}

}  // namespace sisu::relay::naming
