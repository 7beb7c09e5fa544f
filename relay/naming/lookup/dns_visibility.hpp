// Visibility, asked of the servers themselves by DNS. 10,000 users' records are some 100,000 questions a server: they
// go out many at a time, over UDP (transport/question_round.hpp).
#pragma once

#include "common/base/ip_address.hpp"
#include "relay/naming/lookup/name_servers.hpp"
#include "relay/naming/visibility.hpp"

namespace sisu::relay::naming {

struct DnsVisibilityOptions {
  RecordName zone;
  std::vector<Endpoint> servers = {};               ///< the zone's authoritative servers; empty: the resolver knows
  std::optional<Endpoint> resolver = {};            ///< one that validates
  std::chrono::milliseconds answer_timeout{1'000};  ///< of the last try
  unsigned tries = 4;                               ///< at least 1
  std::size_t questions_in_flight = 256;            ///< to one server, at least 1
  std::chrono::seconds longest_call{60};            ///< what has no answer by then has none
  std::chrono::seconds servers_kept{300};           ///< until the resolver is asked for them again
  std::uint16_t name_server_port = 53;              ///< of servers that the resolver names
};

class DnsVisibility : public Visibility {
 public:
  explicit DnsVisibility(DnsVisibilityOptions options) : options_(std::move(options)) {}

  std::vector<ServerView> ask_servers(const RecordSet& wanted, const RecordSet& given_up) override;
  std::optional<ServerView> ask_resolver(const RecordSet& wanted, const RecordSet& given_up) override;

 private:
  const NameServers& servers(Deadline deadline);
  RoundOptions round_options() const;

  DnsVisibilityOptions options_;
  NameServers found_;
  std::optional<Deadline> found_until_;
};

}  // namespace sisu::relay::naming
