#include "relay/account/account.hpp"

namespace sisu::relay {

std::string_view to_string(AccountState state) {
  switch (state) {
    case AccountState::active:
      return "active";
    case AccountState::suspended:
      return "suspended";
    case AccountState::removed:
      return "removed";
  }
  return "";
}

std::optional<AccountState> parse_account_state(std::string_view text) {
  for (const auto state : {AccountState::active, AccountState::suspended, AccountState::removed})
    if (text == to_string(state)) return state;
  return std::nullopt;
}

bool same_account(const Account& a, const Account& b) {
  return a.id == b.id && a.name == b.name && a.key == b.key && a.interface_id == b.interface_id &&
         a.address == b.address && a.state == b.state && a.tier2 == b.tier2 && a.created == b.created &&
         a.invited_by == b.invited_by && a.published == b.published;
}

}  // namespace sisu::relay
