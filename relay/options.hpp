// The command line of sisumail-relay.
#pragma once

#include "common/base/ip_address.hpp"
#include "common/base/result.hpp"
#include "common/log/logger.hpp"
#include "common/mail/address.hpp"
#include "relay/account/user_address.hpp"
#include "relay/limits/limits.hpp"
#include "relay/naming/templates/record_settings.hpp"
#include "relay/registry/claim.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace sisu::relay {

/// What --zone and the options that go with it say.
struct ZoneOptions {
  mail::DomainName name;
  UserPrefix prefix;
  ClaimPolicy claim_policy = ClaimPolicy::invite;
  Tier2 spool_default = Tier2::off;
  std::string tier1_zone = {};  ///< users' hosts stand below it: "v6.example.org"
  std::uint16_t tier1_port = 25;
  std::multimap<std::string, Endpoint> ipv4 = {};  ///< by user: further addresses where senders reach them
  std::filesystem::path dns_socket = {};           ///< of sisumail-dns; empty: no records are written
  naming::RecordSettings records = {};             ///< that users and the zone have
};

struct Options {
  std::vector<std::string> ssh_listen;
  std::vector<std::string> tier1_listen;
  std::string dev_user;             ///< empty: `zone` is there
  std::optional<ZoneOptions> zone;  ///< none: `dev_user` is there
  std::filesystem::path state;      ///< empty: the default place
  std::size_t threads = 1;
  std::optional<Endpoint> metrics_listen;  ///< none: no pages for those who watch
  log::Options log;
  Limits limits;
};

/// Text for standard output instead of serving: --help, --version, --show-limits.
struct Answer {
  std::string text;
};

/// The error is one line without the program's name.
Result<std::variant<Options, Answer>, std::string> parse_options(int argc, const char* const* argv);

}  // namespace sisu::relay
