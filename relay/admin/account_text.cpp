#include "relay/admin/account_text.hpp"

#include <nlohmann/json.hpp>

namespace sisu::relay::admin {

AccountNames::AccountNames(const std::vector<AccountPtr>& accounts) {
  for (const AccountPtr& account : accounts) names_.emplace(account->id, account->name.to_string());
}

std::string AccountNames::of(const std::optional<AccountId>& id) const {
  if (!id) return "";
  const auto found = names_.find(*id);
  return found == names_.end() ? "" : found->second;
}

nlohmann::ordered_json account_json(const Account& account, const AccountNames& names) {
  nlohmann::ordered_json json;
  json["name"] = account.name.to_string();
  json["state"] = to_string(account.state);
  json["address"] = account.address.to_string();
  json["fingerprint"] = account.fingerprint().to_string();
  json["key"] = account.key.to_openssh();
  json["tier2"] = account.tier2 == Tier2::on;
  json["tlsa"] = nlohmann::ordered_json::array();
  for (const SpkiDigest& digest : account.published.tlsa) json["tlsa"].push_back(digest.to_string());
  if (account.published.acme_account) json["acme_account"] = account.published.acme_account->to_string();
  json["created"] = time_text(account.created);
  if (account.last_seen) json["last_seen"] = time_text(*account.last_seen);
  if (const std::string inviter = names.of(account.invited_by); !inviter.empty()) json["invited_by"] = inviter;
  return json;
}

Cell state_cell(AccountState state) {
  const std::string text(to_string(state));
  switch (state) {
    case AccountState::active:
      return {text, Style::good};
    case AccountState::suspended:
      return {text, Style::warning};
    case AccountState::removed:
      return {text, Style::bad};
  }
  return {text};
}

std::string_view tier2_text(Tier2 tier2) { return tier2 == Tier2::on ? "on" : "off"; }

}  // namespace sisu::relay::admin
