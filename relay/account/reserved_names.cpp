#include "relay/account/reserved_names.hpp"

#include <algorithm>
#include <array>

namespace sisu::relay {
namespace {

constexpr std::string_view rfc2142_mail = "RFC 2142 5: address of the mail service";
constexpr std::string_view rfc2142_role = "RFC 2142: a role that strangers write to";
constexpr std::string_view ca_proof = "a CA accepts mail to it as proof of control (CA/Browser BR 3.2.2.4.4)";
constexpr std::string_view user_hosts = "the zone keeps each user's host under it";
constexpr std::string_view strict = "the strict address is a label of this name";
constexpr std::string_view spool_host = "the zone's Tier 2 host";
constexpr std::string_view tier = "a tier, as labels and documents name it";
constexpr std::string_view mail_host = "looks like a mail host of the zone";
constexpr std::string_view name_server = "looks like a name server of the zone";
constexpr std::string_view host = "looks like a host of the operator";
constexpr std::string_view policy = "RFC 8461 3.2: the host of a mail policy";
constexpr std::string_view reports = "RFC 8460: where TLS reports are looked for";
constexpr std::string_view settings = "mail programs look for their settings there";
constexpr std::string_view openpgp = "OpenPGP keys are looked for there (Web Key Directory)";
constexpr std::string_view proxy_settings = "browsers and proxies look for their settings there";
constexpr std::string_view special_use = "RFC 6761 and RFC 6762: never a name in DNS";
constexpr std::string_view machine = "a name of the account that runs a machine";
constexpr std::string_view command = "a word of the SSH commands";
constexpr std::string_view bounce = "mail loops and bounces carry it";
constexpr std::string_view impersonation = "people would take its mail for the operator's";
constexpr std::string_view certificates = "role addresses of certificates and reports";
constexpr std::string_view no_name = "a value that programs treat as no name";

// clang-format off
constexpr std::array names = {
    ReservedName{"abuse", rfc2142_role},
    ReservedName{"account", command},
    ReservedName{"accounts", command},
    ReservedName{"admin", ca_proof},
    ReservedName{"administrator", ca_proof},
    ReservedName{"all", impersonation},
    ReservedName{"anonymous", no_name},
    ReservedName{"api", host},
    ReservedName{"app", host},
    ReservedName{"autoconfig", settings},
    ReservedName{"autodiscover", settings},
    ReservedName{"billing", impersonation},
    ReservedName{"bimi", certificates},
    ReservedName{"bin", machine},
    ReservedName{"blog", host},
    ReservedName{"bounce", bounce},
    ReservedName{"bounces", bounce},
    ReservedName{"broadcasthost", special_use},
    ReservedName{"ca", certificates},
    ReservedName{"cdn", host},
    ReservedName{"ci", host},
    ReservedName{"claim", command},
    ReservedName{"contact", impersonation},
    ReservedName{"crl", certificates},
    ReservedName{"daemon", machine},
    ReservedName{"devnull", bounce},
    ReservedName{"dkim", certificates},
    ReservedName{"dmarc", certificates},
    ReservedName{"dns", name_server},
    ReservedName{"dns1", name_server},
    ReservedName{"dns2", name_server},
    ReservedName{"docs", host},
    ReservedName{"email", mail_host},
    ReservedName{"events", command},
    ReservedName{"everyone", impersonation},
    ReservedName{"example", special_use},
    ReservedName{"false", no_name},
    ReservedName{"ftp", rfc2142_role},
    ReservedName{"ftps", host},
    ReservedName{"gateway", host},
    ReservedName{"git", host},
    ReservedName{"grafana", host},
    ReservedName{"guest", no_name},
    ReservedName{"help", host},
    ReservedName{"home", special_use},
    ReservedName{"hostmaster", rfc2142_role},
    ReservedName{"imap", mail_host},
    ReservedName{"imaps", mail_host},
    ReservedName{"info", rfc2142_role},
    ReservedName{"internal", special_use},
    ReservedName{"invalid", special_use},
    ReservedName{"invite", command},
    ReservedName{"invites", command},
    ReservedName{"isatap", proxy_settings},
    ReservedName{"jmap", mail_host},
    ReservedName{"key", command},
    ReservedName{"keys", command},
    ReservedName{"lan", special_use},
    ReservedName{"legal", impersonation},
    ReservedName{"list", rfc2142_role},
    ReservedName{"lmtp", mail_host},
    ReservedName{"local", special_use},
    ReservedName{"localdomain", special_use},
    ReservedName{"localhost", special_use},
    ReservedName{"lookup", command},
    ReservedName{"mail", mail_host},
    ReservedName{"mail1", mail_host},
    ReservedName{"mail2", mail_host},
    ReservedName{"mailer", mail_host},
    ReservedName{"mailer-daemon", bounce},
    ReservedName{"mailhost", mail_host},
    ReservedName{"managesieve", mail_host},
    ReservedName{"marketing", rfc2142_role},
    ReservedName{"metrics", host},
    ReservedName{"moderator", impersonation},
    ReservedName{"mta-sts", policy},
    ReservedName{"mx", mail_host},
    ReservedName{"mx1", mail_host},
    ReservedName{"mx2", mail_host},
    ReservedName{"news", rfc2142_role},
    ReservedName{"nil", no_name},
    ReservedName{"no-reply", bounce},
    ReservedName{"nobody", machine},
    ReservedName{"noc", rfc2142_role},
    ReservedName{"none", no_name},
    ReservedName{"noreply", bounce},
    ReservedName{"ns", name_server},
    ReservedName{"ns1", name_server},
    ReservedName{"ns2", name_server},
    ReservedName{"ns3", name_server},
    ReservedName{"ns4", name_server},
    ReservedName{"null", bounce},
    ReservedName{"ocsp", certificates},
    ReservedName{"official", impersonation},
    ReservedName{"onion", special_use},
    ReservedName{"openpgpkey", openpgp},
    ReservedName{"operator", machine},
    ReservedName{"owner", impersonation},
    ReservedName{"payment", impersonation},
    ReservedName{"payments", impersonation},
    ReservedName{"pki", certificates},
    ReservedName{"pop", mail_host},
    ReservedName{"pop3", mail_host},
    ReservedName{"pop3s", mail_host},
    ReservedName{"postmaster", rfc2142_mail},
    ReservedName{"privacy", impersonation},
    ReservedName{"prometheus", host},
    ReservedName{"proxy", host},
    ReservedName{"registry", command},
    ReservedName{"relay", mail_host},
    ReservedName{"root", machine},
    ReservedName{"sales", rfc2142_role},
    ReservedName{"security", rfc2142_role},
    ReservedName{"service", impersonation},
    ReservedName{"services", impersonation},
    ReservedName{"sftp", host},
    ReservedName{"shop", host},
    ReservedName{"sieve", mail_host},
    ReservedName{"sisu", machine},
    ReservedName{"sisumail", machine},
    ReservedName{"smtp", mail_host},
    ReservedName{"smtp-tls", reports},
    ReservedName{"smtps", mail_host},
    ReservedName{"spf", certificates},
    ReservedName{"spool", spool_host},
    ReservedName{"ssh", host},
    ReservedName{"sshd", machine},
    ReservedName{"ssl", certificates},
    ReservedName{"ssladmin", certificates},
    ReservedName{"ssladministrator", certificates},
    ReservedName{"sslwebmaster", certificates},
    ReservedName{"staff", impersonation},
    ReservedName{"static", host},
    ReservedName{"status", host},
    ReservedName{"submission", mail_host},
    ReservedName{"submissions", mail_host},
    ReservedName{"support", rfc2142_role},
    ReservedName{"sys", machine},
    ReservedName{"sysadmin", machine},
    ReservedName{"system", machine},
    ReservedName{"t1", strict},
    ReservedName{"t2", tier},
    ReservedName{"team", impersonation},
    ReservedName{"test", special_use},
    ReservedName{"tier1", tier},
    ReservedName{"tier2", tier},
    ReservedName{"tls", certificates},
    ReservedName{"tls-reports", reports},
    ReservedName{"tlsrpt", reports},
    ReservedName{"true", no_name},
    ReservedName{"trust", impersonation},
    ReservedName{"undefined", no_name},
    ReservedName{"undisclosed-recipients", bounce},
    ReservedName{"unknown", no_name},
    ReservedName{"usenet", rfc2142_role},
    ReservedName{"user", command},
    ReservedName{"users", command},
    ReservedName{"uucp", rfc2142_role},
    ReservedName{"v6", user_hosts},
    ReservedName{"vpn", host},
    ReservedName{"web", host},
    ReservedName{"webmail", mail_host},
    ReservedName{"webmaster", rfc2142_role},
    ReservedName{"whoami", command},
    ReservedName{"wpad", proxy_settings},
    ReservedName{"www", host},
    ReservedName{"www1", host},
    ReservedName{"www2", host},
};
// clang-format on

static_assert(std::ranges::is_sorted(names, {}, &ReservedName::name), "a binary search needs the order");

}  // namespace

std::span<const ReservedName> reserved_names() { return names; }

bool is_reserved(std::string_view name) { return std::ranges::binary_search(names, name, {}, &ReservedName::name); }

}  // namespace sisu::relay
