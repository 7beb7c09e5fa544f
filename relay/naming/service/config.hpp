// The configuration of sisumail-dns: one TOML file. Credentials stand in files of their own, which nobody else may
// read. Unknown keys are errors; every error is one line, "FILE:LINE: what is wrong" or "FILE: ...", and says what to
// do.
#pragma once

#include "common/base/ip_address.hpp"
#include "relay/naming/providers/hetzner/api.hpp"
#include "relay/naming/providers/zone_file/zone_file_provider.hpp"
#include "relay/naming/reconciler/owner.hpp"

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <sys/types.h>
#include <variant>
#include <vector>

namespace sisu::relay::naming {

struct Rfc2136Settings {
  Endpoint server;
  std::filesystem::path key_file;  ///< one line: hmac-sha256:NAME:BASE64
};

using ProviderSettings = std::variant<Rfc2136Settings, hetzner::Options, ZoneFileOptions>;

struct Config {
  static constexpr std::size_t most_servers = 32;

  ZoneLayout layout;
  std::filesystem::path state = "/var/lib/sisumail-dns";      ///< directory of names.db, mode 0700
  std::filesystem::path socket = "/run/sisumail-dns/socket";  ///< where the relay connects
  std::chrono::seconds round_interval{3600};                  ///< between looks for what others changed
  std::optional<uid_t> relay;                                 ///< may declare users and the zone
  std::optional<uid_t> tier2;                                 ///< may declare @spool
  ProviderSettings provider;
  std::vector<Endpoint> servers;     ///< authoritative; empty: found by the resolver
  std::optional<Endpoint> resolver;  ///< a validating one
};

Result<Config, std::string> parse_config(std::string_view text, const std::string& file);
Result<Config, std::string> load_config(const std::filesystem::path& file);

/// The first line of a file that nobody else may read: of ours, mode 0600; of somebody else's (root's), not readable
/// for all. The error is one line.
Result<std::string, std::string> load_credential(const std::filesystem::path& file);

}  // namespace sisu::relay::naming
