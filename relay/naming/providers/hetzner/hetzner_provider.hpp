// A zone that Hetzner's name servers serve, changed through its Cloud API (docs.hetzner.cloud/reference/cloud, "Zones"
// and "Zone RRSets"; the older API of dns.hetzner.com knows other paths). Written from the public documentation and
// tested against a server of our own that answers as it says: never run against the service
// (docs/decisions/hetzner.md).
#pragma once

#include "relay/naming/providers/hetzner/api.hpp"

namespace sisu::relay::naming::hetzner {

class HetznerProvider : public Provider {
 public:
  explicit HetznerProvider(Options options) : api_(std::move(options)) {}

  std::string describe() const override;
  /// Never: the service signs no zones, so that a TLSA record there would be without effect (RFC 6698 4.1).
  Result<bool, ProviderError> is_signed() override;
  Result<RecordSet, ProviderError> read(std::span<const RecordName> names) override;
  Result<RecordSet, ProviderError> read_all() override;
  /// A call for each record set; then reads what has come of it. `conflict` if that is not what was wanted.
  Result<void, ProviderError> apply(const Change& change) override;
  /// One after the other. When the service does not answer, or wants to be left alone, the rest is not even tried.
  std::vector<Result<void, ProviderError>> apply_each(std::span<const Change> changes) override;
  void stop() noexcept override;

 private:
  Result<void, ProviderError> begin();
  Result<void, ProviderError> ask_for_zone();
  std::optional<ProviderError> run(const std::vector<Step>& steps);
  Result<Rrsets, ProviderError> read_sets(std::span<const RecordName> names);

  Api api_;
  std::optional<Zone> zone_;  ///< once it has been asked for
};

}  // namespace sisu::relay::naming::hetzner
