#include "relay/naming/templates/templates.hpp"

#include "common/base/expects.hpp"

namespace sisu::relay::naming {
namespace {

/// What make() and parse_record_settings() let through makes names and values.
RecordName name_of(const std::string& text) {
  auto name = RecordName::parse(text);
  expects(name.has_value(), "a name within the limits of DNS");
  return *std::move(name);
}

void add(RecordSet& records, const RecordName& name, RecordType type, const std::string& value, Ttl ttl) {
  auto record = Record::parse(name, type, value, ttl);
  expects(record.has_value(), "a value of its type");
  records.insert(*std::move(record));
}

RecordName below(const RecordName& name, const std::string& labels) { return name_of(labels + "." + name.to_string()); }

std::string quoted(const std::string& text) { return '"' + text + '"'; }

void add_address(RecordSet& records, const RecordName& name, const IpAddress& address, Ttl ttl) {
  add(records, name, address.is_v6() ? RecordType::aaaa : RecordType::a, address.to_string(), ttl);
}

void add_policy(RecordSet& records, const RecordName& name, const std::string& text, Ttl ttl) {
  if (!text.empty()) add(records, name, RecordType::txt, quoted(text), ttl);
}

/// RFC 8657: with an account, only that account of the CA may have a certificate issued.
std::string issue_value(const std::string& issuer, const std::optional<AcmeAccountUri>& account) {
  std::string value = issuer;
  if (account) value += "; accounturi=" + account->to_string();
  return value + "; validationmethods=dns-01";
}

}  // namespace

Result<Templates, std::string> Templates::make(const mail::DomainName& zone, std::string tier1_zone,
                                               RecordSettings settings) {
  auto name = RecordName::parse(zone.to_string() + ".");
  if (!name) return fail(zone.to_string() + ": cannot be a zone: " + std::string(describe(name.error())));
  const std::string longest_user(63, 'u');
  auto hosts = RecordName::parse(tier1_zone + ".");
  if (!hosts || !RecordName::parse("_acme-challenge." + longest_user + "." + hosts->to_string()))
    return fail(tier1_zone + ": is too long for a zone: names of its users would be longer than DNS allows");
  return Templates(*std::move(name), *std::move(hosts), std::move(settings));
}

Result<std::string, std::string> Templates::check_tier1_zone(const mail::DomainName& zone, std::string_view text) {
  std::string whole(text);
  if (!whole.ends_with('.')) whole += '.';
  const auto name = RecordName::parse(whole);
  const auto around = RecordName::parse(zone.to_string() + ".");
  const std::string quoted = "\"" + std::string(text) + "\"";
  if (!name) return fail(quoted + " is not a domain: " + std::string(describe(name.error())));
  if (!around || *name == *around || !name->is_within(*around))
    return fail(quoted + " does not stand below " + zone.to_string() + ", as " + default_tier1_zone(zone) + " does");
  const std::string& found = name->to_string();
  const std::string_view labels = std::string_view(found).substr(0, found.size() - around->to_string().size() - 1);
  const std::string_view top = labels.substr(labels.rfind('.') + 1);
  if (top == "spool" || top == "t1" || AccountName::parse(top))
    return fail("\"" + std::string(top) + "\" in " + quoted +
                " can be the name of a user, or of the spool: take one that nobody can claim, such as v6, mx or mail");
  return found.substr(0, found.size() - 1);
}

RecordName Templates::below_zone(const std::string& labels) const { return below(zone_, labels); }

RecordName Templates::host_of(const AccountName& user) const { return below(tier1_zone_, user.to_string()); }

void Templates::add_caa(RecordSet& records, const RecordName& host,
                        const std::optional<AcmeAccountUri>& account) const {
  if (settings_.issuers.empty()) return;
  for (const std::string& issuer : settings_.issuers) {
    add(records, host, RecordType::caa, "0 issue " + quoted(issue_value(issuer, account)), settings_.ttl.caa);
  }
  add(records, host, RecordType::caa, "0 issuewild " + quoted(";"), settings_.ttl.caa);
}

/// Mail for `domain` goes to `host`; nobody sends in its name.
void Templates::add_mail_domain(RecordSet& records, const RecordName& domain, const RecordName& host) const {
  add(records, domain, RecordType::mx, "10 " + host.to_string(), settings_.ttl.mx);
  add_policy(records, domain, settings_.spf_user, settings_.ttl.policy);
  add_policy(records, below(domain, "_dmarc"), settings_.dmarc_user, settings_.ttl.policy);
}

void Templates::add_host(RecordSet& records, const Account& account, const RecordName& host,
                         std::span<const IpAddress> ipv4) const {
  add_address(records, host, account.address, settings_.ttl.address);
  for (const IpAddress& address : ipv4) add_address(records, host, address, settings_.ttl.address);
  for (const SpkiDigest& digest : account.published.tlsa) {
    add(records, below(host, "_25._tcp"), RecordType::tlsa, "3 1 1 " + digest.to_string(), settings_.ttl.tlsa);
  }
  add_caa(records, host, account.published.acme_account);
  for (const auto& [value, created] : account.published.challenges) {
    add(records, below(host, "_acme-challenge"), RecordType::txt, quoted(value.to_string()), settings_.ttl.challenge);
  }
  add_policy(records, host, settings_.spf_host, settings_.ttl.policy);
}

RecordSet Templates::user_records(const Account& account, std::span<const IpAddress> ipv4) const {
  RecordSet records;
  if (account.state == AccountState::removed) return records;
  const std::string& user = account.name.to_string();
  const RecordName host = host_of(account.name);
  add_mail_domain(records, below_zone(user), host);
  if (account.tier2 == Tier2::on && !settings_.spool_addresses.empty()) {
    add(records, below_zone(user), RecordType::mx, "20 " + below_zone("spool").to_string(), settings_.ttl.mx);
  }
  if (settings_.strict_address) add_mail_domain(records, below_zone("t1." + user), host);
  add_host(records, account, host, ipv4);
  return records;
}

RecordSet Templates::zone_records() const {
  RecordSet records;
  add_policy(records, zone_, settings_.spf_zone, settings_.ttl.policy);
  add_policy(records, below_zone("_dmarc"), settings_.dmarc_zone, settings_.ttl.policy);
  if (settings_.spool_addresses.empty()) return records;
  const RecordName spool = below_zone("spool");
  for (const IpAddress& address : settings_.spool_addresses) {
    add_address(records, spool, address, settings_.ttl.address);
  }
  add_caa(records, spool, settings_.spool_acme_account);
  add_policy(records, spool, settings_.spf_spool, settings_.ttl.policy);
  return records;
}

}  // namespace sisu::relay::naming
