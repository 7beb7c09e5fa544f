// Templates: the records of a user and of the zone, as docs/dns-records.md lists them. For a user u of the zone Z, with
// v6.Z, or another name below Z, as the zone of the users' hosts:
//
//   u.Z                      MX 10 u.v6.Z, MX 20 spool.Z (only with Tier 2 on, and a spool), SPF; _dmarc.u.Z DMARC
//   u.v6.Z                   AAAA, an A for each further IPv4 address, CAA, SPF
//   _25._tcp.u.v6.Z          TLSA 3 1 1 of each published key (RFC 7672)
//   _acme-challenge.u.v6.Z   TXT of each running challenge (RFC 8555 8.4)
//   t1.u.Z                   the strict address: MX 10 u.v6.Z alone, SPF; _dmarc.t1.u.Z DMARC
//
// and once: SPF of Z and _dmarc.Z; with a spool its addresses, CAA and SPF (its TLSA set is sisumail-tier2's own).
#pragma once

#include "common/mail/address.hpp"
#include "relay/account/account.hpp"
#include "relay/naming/record.hpp"
#include "relay/naming/templates/record_settings.hpp"

#include <span>
#include <string>

namespace sisu::relay::naming {

class Templates {
 public:
  /// Of one user, beside the IPv6 address: with these a set stays within what sisumail-dns takes (64 records).
  static constexpr std::size_t most_ipv4 = 16;

  /// Refuses a zone so long that some user's names would not fit into DNS. The error is one line.
  static Result<Templates, std::string> make(const mail::DomainName& zone, RecordSettings settings) {
    return make(zone, default_tier1_zone(zone), std::move(settings));
  }
  /// Users' hosts stand below `tier1_zone`, as it is after check_tier1_zone().
  static Result<Templates, std::string> make(const mail::DomainName& zone, std::string tier1_zone,
                                             RecordSettings settings);

  /// "v6.example.org"
  static std::string default_tier1_zone(const mail::DomainName& zone) { return "v6." + zone.to_string(); }
  /// Whether users' hosts can stand below `text`: it is below the zone, under a name that no user can have. In lower
  /// case, without a dot at its end. The error is one line.
  static Result<std::string, std::string> check_tier1_zone(const mail::DomainName& zone, std::string_view text);

  /// None for a removed account. `ipv4`: at most most_ipv4 addresses.
  RecordSet user_records(const Account& account, std::span<const IpAddress> ipv4 = {}) const;
  RecordSet zone_records() const;

  const RecordName& zone() const { return zone_; }
  /// u.v6.Z, where senders connect: the name that a user's certificate has.
  RecordName host_of(const AccountName& user) const;
  const RecordSettings& settings() const { return settings_; }

 private:
  Templates(RecordName zone, RecordName tier1_zone, RecordSettings settings)
      : zone_(std::move(zone)), tier1_zone_(std::move(tier1_zone)), settings_(std::move(settings)) {}

  RecordName below_zone(const std::string& labels) const;
  void add_caa(RecordSet& records, const RecordName& host, const std::optional<AcmeAccountUri>& account) const;
  void add_mail_domain(RecordSet& records, const RecordName& domain, const RecordName& host) const;
  void add_host(RecordSet& records, const Account& account, const RecordName& host,
                std::span<const IpAddress> ipv4) const;

  RecordName zone_;
  RecordName tier1_zone_;
  RecordSettings settings_;
};

}  // namespace sisu::relay::naming
