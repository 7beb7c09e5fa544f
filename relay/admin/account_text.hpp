// Accounts as people and programs read them.
#pragma once

#include "relay/admin/output.hpp"

#include <nlohmann/json_fwd.hpp>

#include <map>
#include <string>
#include <vector>

namespace sisu::relay::admin {

/// Names by id: who invited whom.
class AccountNames {
 public:
  explicit AccountNames(const std::vector<AccountPtr>& accounts);
  /// Empty: the operator invited, or nobody, or the account was purged.
  std::string of(const std::optional<AccountId>& id) const;

 private:
  std::map<AccountId, std::string> names_;
};

nlohmann::ordered_json account_json(const Account& account, const AccountNames& names);

Cell state_cell(AccountState state);
std::string_view tier2_text(Tier2 tier2);  ///< "on", "off"

}  // namespace sisu::relay::admin
