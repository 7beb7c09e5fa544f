// What the relay says about this user's records in DNS: the member "dns" of `status --json` (proto/commands.md).
#pragma once

#include "common/base/result.hpp"
#include "common/keys/key_roll.hpp"

#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace sisu::client {

struct DnsStatus {
  bool has_dns = false;      ///< false: the relay writes no records (or is of a version that did not); the rest is void
  bool signed_zone = false;  ///< with DNSSEC: only then TLSA records are published
  bool live = false;         ///< every authoritative server serves every record of the user's
  std::string problem;       ///< one line, printable; empty: none is known
  std::map<keys::Digest, std::chrono::seconds> tlsa;  ///< since when each TLSA value is served everywhere
  std::chrono::seconds tlsa_ttl{300};
  std::vector<std::string> ca;  ///< that may issue certificates for the user: "letsencrypt.org"
  std::string acme_account;     ///< URI that CAA binds issuance to; empty: none

  /// For a roll of keys. Only a zone whose records are live and that is said to be unsigned has no TLSA records: while
  /// nobody answers for the zone, it may be signed.
  keys::Visibility visibility() const;
  bool operator==(const DnsStatus&) const = default;
};

enum class DnsStatusError { too_long, not_an_object, member_of_wrong_type, unknown_state, too_many, bad_digest };
std::string_view describe(DnsStatusError error);

inline constexpr std::size_t status_line_limit = 4096;  ///< bytes of the answer, as all lines of commands
inline constexpr std::size_t most_listed = 16;          ///< TLSA values, and CAs

/// The whole line that `status --json` answers. Members that it does not know are skipped. A TLSA value without a time,
/// or with one below 0, is not live.
Result<DnsStatus, DnsStatusError> parse_dns_status(std::string_view line);

}  // namespace sisu::client
