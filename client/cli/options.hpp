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

struct Options {
  std::optional<RelayAddress> relay;  ///< none: only local ports are served
  mail::Username user;
  mail::DomainName zone;
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
  ReceptionLimits reception;
  smtp::ServerLimits smtp;
  log::Options log;

  /// USER.v6.ZONE: what senders connect to.
  std::string host() const { return user.to_string() + ".v6." + zone.to_string(); }
};

/// What was asked for instead of serving, or what is wrong with the command line.
struct NoRun {
  int exit_status = 0;  ///< 0: `text` goes to standard output; 2: to standard error
  std::string text;
};

/// `environment` answers like std::getenv: HOME and XDG_STATE_HOME give defaults.
using Environment = const char* (*)(const char* name);
Result<Options, NoRun> parse_command_line(int argc, const char* const* argv, Environment environment);

}  // namespace sisu::client
