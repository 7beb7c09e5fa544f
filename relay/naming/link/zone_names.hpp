// ZoneNames: the names of a zone's users in DNS: what they should be (templates and registry), how they get there
// (link), and what is live of it. Without a socket of sisumail-dns it only knows what they would be.
#pragma once

#include "relay/naming/link/link.hpp"
#include "relay/naming/templates/templates.hpp"
#include "relay/registry/account_directory.hpp"

#include <map>
#include <memory>
#include <optional>

namespace sisu::relay::naming {

/// What DNS has of one user.
struct UserNames {
  bool live = false;  ///< every authoritative server serves the records as they should be now
  bool is_signed = false;
  std::string problem;
  std::chrono::seconds live_for{0};
  std::map<std::string, std::chrono::seconds> live_tlsa;  ///< by SHA-256
};

/// Safe from any thread, but for start() and stop().
class ZoneNames {
 public:
  /// `ipv4`: further addresses by user, at most Templates::most_ipv4 each. nullopt: nothing is written.
  ZoneNames(Templates templates, std::multimap<std::string, IpAddress> ipv4, std::optional<LinkOptions> link);

  ZoneNames(const ZoneNames&) = delete;
  ZoneNames& operator=(const ZoneNames&) = delete;

  /// `accounts` outlives stop().
  void start(const AccountDirectory& accounts);
  void stop();
  void changed(const AccountChange& change);

  bool writes_dns() const { return link_ != nullptr; }
  const Templates& templates() const { return templates_; }

  UserNames of(const Account& account) const;
  /// As OwnerStates::follow(); null without a link.
  std::unique_ptr<OwnerStates::Following> follow(const Account& account, std::function<void()> changed);
  OwnerStates::Counts counts() const;

 private:
  RecordSet records(const Account& account) const;
  RecordSet records_of(const std::string& owner) const;
  std::vector<std::string> owners() const;

  Templates templates_;
  std::map<std::string, std::vector<IpAddress>> ipv4_;
  const AccountDirectory* accounts_ = nullptr;
  std::unique_ptr<Link> link_;
};

}  // namespace sisu::relay::naming
