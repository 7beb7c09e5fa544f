// Visibility: what the world is served, asked of each authoritative server of the zone by itself and, for an operator's
// check, of a validating resolver. Calls block, for at most the implementation's own deadline; they are made on one
// worker thread, never from two at once. Many owners' records come in one call, so questions may overlap.
#pragma once

#include "relay/naming/record.hpp"

#include <optional>
#include <string>
#include <vector>

namespace sisu::relay::naming {

/// What one server said.
struct ServerView {
  std::string server;        ///< "127.0.0.1:53", "[2001:db8::1]:53": for people
  std::string problem = {};  ///< why the answers are not complete, one line; what is not known about is in `missing`
  RecordSet missing = {};    ///< of the wanted records: not served
  RecordSet surplus = {};    ///< of the given-up records: still served
  RecordSet other_ttl = {};  ///< of the wanted records: served, with the TTL that stands here (not from a resolver)
  std::vector<RecordName> bogus = {};     ///< from a resolver: what it finds forged or broken (RFC 4035 4.3)
  std::vector<RecordName> insecure = {};  ///< from a resolver: what it cannot validate, without AD
};

class Visibility {
 public:
  virtual ~Visibility() = default;

  /// One view for each authoritative server. An empty vector means that none is known, and that nothing is live.
  virtual std::vector<ServerView> ask_servers(const RecordSet& wanted, const RecordSet& given_up) = 0;
  /// The same from the resolver, if there is one. `other_ttl` stays empty: caches count down.
  virtual std::optional<ServerView> ask_resolver(const RecordSet& wanted, const RecordSet& given_up) = 0;
};

}  // namespace sisu::relay::naming
