// The accounts of a zone: what the registry holds, and a message to the sessions of an account when it changes there,
// whoever changed it.
#pragma once

#include "common/mail/address.hpp"
#include "relay/gateway/accounts.hpp"
#include "relay/naming/link/zone_names.hpp"
#include "relay/registry/registry.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>

namespace sisu::relay::gateway {

struct ZoneSettings {
  mail::DomainName zone;
  std::uint16_t tier1_port = 25;                   ///< where senders connect, on each user's own address
  std::multimap<std::string, Endpoint> ipv4 = {};  ///< by user: further addresses
  naming::RecordSettings records = {};
  std::optional<naming::LinkOptions> dns = {};  ///< to sisumail-dns; nullopt: no records are written
  std::string tier1_zone = {};                  ///< users' hosts stand below it; empty: v6.ZONE
};

class RegistryAccounts final : public Accounts {
 public:
  /// Opens the registry of a state directory. Throws as Registry::open() does, and std::runtime_error for a zone that
  /// has no room for its users' names. `options.on_change` is set here.
  RegistryAccounts(const std::filesystem::path& state_directory, RegistryOptions options, ZoneSettings settings);

  ~RegistryAccounts() override;

  Result<Admission, std::string> log_in(const std::string& user, const ssh::PublicKey& key) override;
  std::unique_ptr<Following> follow(const Account& account, Changed changed) override;
  Registry* registry() override { return registry_.get(); }
  naming::ZoneNames* names() override { return &names_; }

 private:
  class Follower;
  /// Those who follow an account. They are called under the lock, so that none is called after it has ended.
  struct Followers {
    std::mutex mutex;
    std::multimap<AccountId, Follower*> of;
  };

  Account to_account(AccountPtr registered) const;
  void changed(const AccountChange& change);

  ZoneSettings settings_;
  naming::ZoneNames names_;
  std::shared_ptr<Followers> followers_ = std::make_shared<Followers>();
  std::unique_ptr<Registry> registry_;  // last: its thread calls changed()
};

}  // namespace sisu::relay::gateway
