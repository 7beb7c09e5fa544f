// A zone that is changed by dynamic update (RFC 2136) over TCP, signed with TSIG (RFC 8945): Knot, BIND, PowerDNS. One
// update is one transaction, which the server takes whole or not at all. Each call has a connection of its own, and
// every wait in it a deadline.
#pragma once

#include "common/base/ip_address.hpp"
#include "relay/naming/provider.hpp"
#include "relay/naming/transport/wait.hpp"
#include "relay/naming/wire/tsig_key.hpp"

namespace sisu::relay::naming {

struct Rfc2136Options {
  Endpoint server;
  RecordName zone;
  TsigKey key;
  std::chrono::milliseconds connect_timeout{5'000};
  std::chrono::milliseconds answer_timeout{10'000};  ///< until the next answer; an update of a large zone takes time
  std::size_t questions_in_flight = 64;              ///< at least 1
  std::size_t updates_in_flight = 256;               ///< at least 1; Knot makes one transaction of those that wait
  std::size_t largest_transfer = std::size_t{1} << 30U;  ///< octets of a whole zone on the wire
};

class Rfc2136Provider : public Provider {
 public:
  /// A change that no message holds (TsigSession::longest_request) is `invalid`.
  explicit Rfc2136Provider(Rfc2136Options options) : options_(std::move(options)) {}

  std::string describe() const override;
  Result<bool, ProviderError> is_signed() override;
  Result<RecordSet, ProviderError> read(std::span<const RecordName> names) override;
  Result<RecordSet, ProviderError> read_all() override;
  Result<void, ProviderError> apply(const Change& change) override;
  std::vector<Result<void, ProviderError>> apply_each(std::span<const Change> changes) override;
  void stop() noexcept override { interrupt_.raise(); }

 private:
  Rfc2136Options options_;
  Interrupt interrupt_;
};

}  // namespace sisu::relay::naming
