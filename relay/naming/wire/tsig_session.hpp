// The signatures of one request and its answers (RFC 8945 5.3): each answer is bound to the request, and each message
// of a zone transfer to the one before. A transfer whose messages are not all signed is refused (5.3.1 would allow up
// to 99 unsigned ones between; Knot, BIND and PowerDNS sign them all).
#pragma once

#include "common/base/result.hpp"
#include "relay/naming/wire/ldns_handles.hpp"
#include "relay/naming/wire/message.hpp"
#include "relay/naming/wire/tsig_key.hpp"

#include <chrono>

namespace sisu::relay::naming {

struct TsigFailure {
  enum class Kind {
    unsigned_answer,  ///< no TSIG
    wrong_signature,  ///< one that the key has not made
    wrong_time,       ///< made further than `fudge` from our clock
    bad_signature,    ///< the server says: BADSIG, another secret
    bad_key,          ///< the server says: BADKEY, no such key
    bad_time,         ///< the server says: BADTIME
    other,            ///< the server says something else
  };
  Kind kind;
  std::chrono::seconds server_ahead{0};  ///< wrong_time, bad_time: its clock minus ours
};

class TsigSession {
 public:
  using Time = std::chrono::sys_seconds;
  static constexpr std::chrono::seconds fudge{300};       ///< RFC 8945 10
  static constexpr std::size_t longest_request = 64'000;  ///< octets before its TSIG

  /// `key` must live as long as this.
  explicit TsigSession(const TsigKey& key) : key_(key) {}

  /// The octets to send; empty if the request is longer than longest_request. Signed by the system clock.
  Octets sign(ldns_pkt& request);

  /// `message` is what `packet` was parsed from: the next answer.
  Result<void, TsigFailure> verify(OctetView message, ldns_pkt& packet, Time now);

 private:
  bool is_ours(const ldns_rr& tsig, const ldns_pkt& packet) const;
  bool fits_ldns(OctetView message, const ldns_rr& tsig) const;

  const TsigKey& key_;
  LdnsField last_mac_;
  bool answered_ = false;
};

}  // namespace sisu::relay::naming
