// An account as the registry holds it.
#pragma once

#include "relay/account/account_name.hpp"
#include "relay/account/published.hpp"
#include "relay/account/user_address.hpp"
#include "relay/account/user_key.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace sisu::relay {

/// Never reused, not even after a purge.
enum class AccountId : std::int64_t {};

enum class AccountState {
  active,
  suspended,  ///< by the operator; may become active again
  removed,    ///< for good: the row stays so that name, key and address are not given out again
};
std::string_view to_string(AccountState state);
std::optional<AccountState> parse_account_state(std::string_view text);

enum class Tier2 { off, on };

/// Seconds of precision.
using Time = std::chrono::sys_seconds;

struct Account {
  AccountId id;
  AccountName name;
  UserKey key;
  InterfaceId interface_id;
  IpAddress address;  ///< the relay's prefix and interface_id
  AccountState state = AccountState::active;
  Tier2 tier2 = Tier2::off;
  Time created;
  std::optional<Time> last_seen;  ///< as last written; the daemon writes it in batches
  std::optional<AccountId> invited_by;
  Published published = {};

  const Fingerprint& fingerprint() const { return key.fingerprint(); }
};

using AccountPtr = std::shared_ptr<const Account>;

/// Equal in all but last_seen.
bool same_account(const Account& a, const Account& b);

}  // namespace sisu::relay
