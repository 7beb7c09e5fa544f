#include "client/device_renewal.hpp"

#include "client/certificates/renewal/external_account_file.hpp"
#include "common/base/random.hpp"

#include <utility>

namespace sisu::client {
namespace {

using namespace std::chrono_literals;

Renewal::Wanted wanted_of(const DeviceTls& device) {
  if (device.wants_next_certificate()) return {*device.next_key(), std::nullopt};
  // What may not be served (strict) is as good as none.
  if (!device.serves()) return {device.current_key(), std::nullopt};
  return {device.current_key(), device.chain()};
}

asio::awaitable<Renewal::Readiness> readiness_of_records(const Upkeep& upkeep) {
  const std::optional<DnsStatus>& dns = upkeep.dns();
  if (!dns) co_return Renewal::Readiness::not_yet;
  if (!dns->has_dns) co_return Renewal::Readiness::impossible;
  co_return dns->live ? Renewal::Readiness::ready : Renewal::Readiness::not_yet;
}

asio::awaitable<Result<void, std::string>> install(DeviceTls& device, Upkeep& upkeep, tls::CertificateChain chain) {
  Result<void, std::string> installed = co_await device.install(std::move(chain));
  upkeep.look_again();
  co_return installed;
}

}  // namespace

Result<std::optional<acme::ExternalAccount>, std::string> external_account(const Options& options) {
  if (!options.acme || !options.acme->external_key_id) return std::optional<acme::ExternalAccount>();
  auto loaded = load_external_account(*options.acme->external_key_id, *options.acme->external_key_file);
  if (!loaded) return fail(loaded.error());
  return std::optional<acme::ExternalAccount>(std::move(*loaded));
}

std::unique_ptr<Renewal> make_renewal(asio::any_io_executor executor, const Options& options,
                                      std::optional<acme::ExternalAccount> external, DeviceParts parts,
                                      log::Logger logger) {
  if (!options.acme) return nullptr;
  RenewalOptions renewal{options.host(), options.state, options.acme->directory, std::move(external),
                         options.acme->contacts};
  // To ask whether the records are live costs nothing here: the upkeep asks the relay.
  renewal.times.look_for_records = 200ms;
  renewal.times.longest_look = 1s;
  // Nor does a look at what the device wants: a roll may ask for a certificate over the next key at any time.
  renewal.times.longest_nap = 2s;
  Renewal::Seams seams;
  seams.wanted = [&device = parts.device] { return wanted_of(device); };
  seams.readiness = [&upkeep = parts.upkeep] { return readiness_of_records(upkeep); };
  seams.install = [parts](tls::CertificateChain chain) {
    return install(parts.device, parts.upkeep, std::move(chain));
  };
  seams.chance = &random_below;
  seams.now = &std::chrono::system_clock::now;
  auto transport = std::make_unique<HttpsTransport>(options.acme->ca_file);
  return std::make_unique<Renewal>(std::move(executor), std::move(renewal), std::move(transport), parts.workers,
                                   parts.names, std::move(seams), std::move(logger));
}

}  // namespace sisu::client
