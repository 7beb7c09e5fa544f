#include "relay/naming/service/make_provider.hpp"

#include "relay/naming/lookup/dns_visibility.hpp"
#include "relay/naming/providers/hetzner/hetzner_provider.hpp"
#include "relay/naming/providers/rfc2136.hpp"

namespace sisu::relay::naming {
namespace {

using Made = Result<std::unique_ptr<Provider>, std::string>;

Made make(const Rfc2136Settings& settings, const RecordName& zone) {
  const auto text = load_credential(settings.key_file);
  if (!text) return fail(text.error());
  auto key = TsigKey::parse(*text);
  if (!key) return fail(settings.key_file.string() + ": " + std::string(describe(key.error())));
  return std::make_unique<Rfc2136Provider>(
      Rfc2136Options{.server = settings.server, .zone = zone, .key = *std::move(key)});
}

Made make(const hetzner::Options& options, const RecordName&) {
  if (const auto token = load_credential(options.token_file); !token) return fail(token.error());
  return std::make_unique<hetzner::HetznerProvider>(options);
}

Made make(const ZoneFileOptions& options, const RecordName&) { return std::make_unique<ZoneFileProvider>(options); }

}  // namespace

Made make_provider(const Config& config) {
  return std::visit([&](const auto& settings) { return make(settings, config.layout.zone); }, config.provider);
}

std::unique_ptr<Visibility> make_visibility(const Config& config) {
  return std::make_unique<DnsVisibility>(
      DnsVisibilityOptions{.zone = config.layout.zone, .servers = config.servers, .resolver = config.resolver});
}

}  // namespace sisu::relay::naming
