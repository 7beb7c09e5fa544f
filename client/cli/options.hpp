// The command line of sisumail as a value: every default, every check that needs no file.
#pragma once

#include "client/certificates/device_certificate.hpp"
#include "client/inbound/reception.hpp"
#include "client/link/relay_address.hpp"
#include "common/base/ip_address.hpp"
#include "common/base/result.hpp"
#include "common/log/logger.hpp"
#include "common/mail/address.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace sisu::client {

/// The CA that is asked for certificates.
struct AcmeOptions {
  static constexpr const char* lets_encrypt = "https://acme-v02.api.letsencrypt.org/directory";
  static constexpr std::size_t most_contacts = 4;
  static constexpr std::size_t longest_contact = 254;  ///< octets (RFC 5321 4.5.3.1.3)

  std::string directory = lets_encrypt;               ///< URL
  std::optional<std::filesystem::path> ca_file = {};  ///< of the directory's HTTPS; none: the system's store
  std::optional<std::string> external_key_id = {};    ///< both or none
  std::optional<std::filesystem::path> external_key_file = {};
  std::vector<std::string> contacts = {};  ///< "mailto:..."
};

struct Options {
  std::optional<RelayAddress> relay;  ///< none: only local ports are served
  mail::Username user;
  mail::DomainName zone;
  std::string tier1_zone;                    ///< below it stands what senders connect to
  std::optional<std::string> invite;         ///< for the claim of the name, the first time
  std::optional<std::filesystem::path> key;  ///< none: the ssh-agent's
  std::optional<std::filesystem::path> key_passphrase_file;
  std::filesystem::path known_hosts;
  bool accept_new_host_key = false;
  std::filesystem::path maildir;
  std::filesystem::path state;
  std::vector<Endpoint> smtp_listen;
  std::vector<Endpoint> smtp_listen_proxy;
  TlsPolicy tls_policy = TlsPolicy::pragmatic;
  std::optional<std::filesystem::path> tls_certificate;
  std::optional<std::filesystem::path> tls_key;
  std::optional<std::filesystem::path> tls_ca;
  std::optional<AcmeOptions> acme;  ///< none: no CA is asked
  ReceptionLimits reception;
  smtp::ServerLimits smtp;
  log::Options log;

  /// USER.v6.ZONE, unless the relay has another --tier1-zone: what senders connect to.
  std::string host() const { return user.to_string() + "." + tier1_zone; }
};

/// What was asked for instead of serving, or what is wrong with the command line.
struct NoRun {
  int exit_status = 0;  ///< 0: `text` goes to standard output; 2: to standard error
  std::string text;
};

/// `environment` answers like std::getenv: HOME and XDG_STATE_HOME give defaults.
using Environment = const char* (*)(const char* name);
/// Where --state is when it is not given; empty without a home directory.
std::filesystem::path default_state(Environment environment);

Result<Options, NoRun> parse_command_line(int argc, const char* const* argv, Environment environment);

}  // namespace sisu::client
