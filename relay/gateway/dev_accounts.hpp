// The one account of --dev-user: a fixed name, and whichever key logs in first; that key is remembered across restarts.
#pragma once

#include "relay/gateway/accounts.hpp"

#include <filesystem>
#include <mutex>
#include <optional>

namespace sisu::relay::gateway {

class DevAccounts final : public Accounts {
 public:
  /// Reads `file` if it is there: one line, the name and the key. The error is one line, for instance that the file is
  /// of another name.
  static Result<std::unique_ptr<DevAccounts>, std::string> open(Account account, std::filesystem::path file);

  /// The first key is written to the file and synced before it is let in. (That blocks the loop once in the life of a
  /// state directory.)
  Result<Admission, std::string> log_in(const std::string& user, const ssh::PublicKey& key) override;
  /// The one account never changes.
  std::unique_ptr<Following> follow(const Account&, Changed) override { return std::make_unique<Following>(); }
  Registry* registry() override { return nullptr; }
  naming::ZoneNames* names() override { return nullptr; }

 private:
  DevAccounts(Account account, std::filesystem::path file) : account_(std::move(account)), file_(std::move(file)) {}
  Result<void, std::string> remember(const ssh::PublicKey& key);

  Account account_;
  std::filesystem::path file_;
  std::mutex mutex_;
  std::optional<ssh::PublicKey> key_;
};

}  // namespace sisu::relay::gateway
