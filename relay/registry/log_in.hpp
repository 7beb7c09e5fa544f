// May this key log in under this name? Answered from memory, for the gateway's public-key callback.
#pragma once

#include "relay/registry/account_directory.hpp"

#include <string_view>

namespace sisu::relay {

enum class LogInVerdict {
  accepted,          ///< `account` is the user
  may_claim,         ///< nobody's name and nobody's key: `claim` and `help` only
  name_not_allowed,  ///< `name_error` says why
  name_is_anothers,  ///< another key's, or a former account's
  key_has_another_name,
  key_retired,
  suspended,
  removed,
};

struct LogIn {
  LogInVerdict verdict;
  AccountPtr account;  ///< accepted, suspended, removed: whose it is
  std::optional<NameError> name_error;
};

/// A directory that changes meanwhile is not noticed: whoever opens a session looks once more after it is on the list
/// of sessions that AccountChange ends.
LogIn judge_log_in(const AccountDirectory& accounts, std::string_view name, const Fingerprint& key);

/// One line for the SSH banner: why not, and what to do. Empty for accepted.
std::string_view describe(const LogIn& log_in);

}  // namespace sisu::relay
