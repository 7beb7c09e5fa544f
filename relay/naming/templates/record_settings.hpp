// What the operator may choose about the records of users and of the zone (--dns-records FILE, docs/dns-records.md),
// with defaults for all of it.
#pragma once

#include "common/base/ip_address.hpp"
#include "common/base/result.hpp"
#include "relay/account/published.hpp"
#include "relay/naming/record.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sisu::relay::naming {

struct RecordSettings {
  static constexpr std::size_t most_issuers = 8;
  static constexpr std::size_t most_spool_addresses = 8;
  static constexpr std::size_t longest_policy = 255;  ///< characters: one string of a TXT record
  static constexpr Ttl longest_ttl{7 * 86400};

  struct Ttls {
    Ttl address{300};  ///< A, AAAA
    Ttl tlsa{300};     ///< a key roll waits for twice this
    Ttl caa{300};
    Ttl challenge{60};  ///< TXT of _acme-challenge
    Ttl mx{3600};
    Ttl policy{3600};  ///< SPF, DMARC
    bool operator==(const Ttls&) const = default;
  };
  Ttls ttl;

  /// u.Z has the name t1.u.Z beside it, whose mail comes by Tier 1 or not at all.
  bool strict_address = true;

  /// CAs that may issue certificates; empty: no CAA records, so any CA may.
  std::vector<std::string> issuers = {"letsencrypt.org"};

  // Empty: no such record.
  std::string spf_user = "v=spf1 -all";   ///< u.Z and t1.u.Z
  std::string spf_host = "v=spf1 -all";   ///< u.v6.Z
  std::string spf_zone = "v=spf1 -all";   ///< Z
  std::string spf_spool = "v=spf1 -all";  ///< spool.Z
  std::string dmarc_user = "v=DMARC1; p=reject";
  std::string dmarc_zone = "v=DMARC1; p=reject; sp=reject";

  /// Of spool.Z. Empty: there is no spool, and no user's mail domain names one.
  std::vector<IpAddress> spool_addresses;
  /// For the CAA records of spool.Z.
  std::optional<AcmeAccountUri> spool_acme_account;

  bool operator==(const RecordSettings&) const = default;
};

/// TOML. The error is one line, "FILE:LINE: what is wrong"; keys that are not known are errors.
Result<RecordSettings, std::string> parse_record_settings(std::string_view text, const std::string& file);

/// At most 64 KiB.
Result<RecordSettings, std::string> load_record_settings(const std::filesystem::path& file);

}  // namespace sisu::relay::naming
