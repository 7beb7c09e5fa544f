// The TLSA set of _25._tcp.spool.Z, as it is asked for and as the world sees it: a seam between the roll of keys and
// sisumail-dns.
#pragma once

#include "common/base/result.hpp"
#include "common/keys/key_roll.hpp"
#include "common/mail/address.hpp"
#include "proto/naming_messages.hpp"

#include <chrono>
#include <string>

namespace sisu::relay::tier2 {

/// What is known of the set at this moment.
struct SetState {
  keys::Visibility visibility;
  std::string problem;  ///< why it is not as it should be; empty: none is known
};

class PublishedSet {
 public:
  virtual ~PublishedSet() = default;
  /// Done when the set is stored, to be published. Errors are one line for a person.
  virtual Result<void, std::string> publish(const keys::DigestSet& digests) = 0;
  virtual Result<SetState, std::string> look() = 0;
};

/// The set line of owner @spool (proto/naming.md): a TLSA record 3 1 1 for each digest.
proto::naming::Set spool_set(const mail::DomainName& zone, const keys::DigestSet& digests, std::chrono::seconds ttl);

/// What a state line says. Only a zone whose set is live and that is not signed has no TLSA records: while nobody has
/// looked, it may have.
SetState spool_state(const proto::naming::State& state, bool is_signed, std::chrono::seconds ttl);

}  // namespace sisu::relay::tier2
