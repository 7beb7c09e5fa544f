// PublishedSet by way of the socket of sisumail-dns (proto/naming.md). Each call is a connection of its own, so that
// what is heard is what holds now, whatever happened to the service in between. Blocks.
#pragma once

#include "relay/tier2/published_set.hpp"

#include <filesystem>

namespace sisu::relay::tier2 {

struct DnsSocketOptions {
  std::filesystem::path socket;
  mail::DomainName zone;
  std::chrono::seconds ttl{300};
  std::chrono::milliseconds patience{10'000};  ///< for each line, and for the service to take ours
};

class DnsSocket final : public PublishedSet {
 public:
  /// Lines that are read past while an answer is waited for.
  static constexpr std::size_t most_other_lines = 100;

  explicit DnsSocket(DnsSocketOptions options) : options_(std::move(options)) {}

  Result<void, std::string> publish(const keys::DigestSet& digests) override;
  Result<SetState, std::string> look() override;

 private:
  class Connection;
  /// Greets, sends `request`, and waits for the state of @spool; of the set `digest`, if that is not empty.
  Result<SetState, std::string> exchange(const proto::naming::Request& request, const std::string& digest) const;

  DnsSocketOptions options_;
};

}  // namespace sisu::relay::tier2
