// What the commands that name an account share: reading the name, and changing the account's state.
#pragma once

#include "relay/admin/command.hpp"

#include <string>
#include <string_view>

namespace sisu::relay::admin {

/// Declares the word NAME, an account's name; other words are a usage error.
void declare_name(CLI::App& app, std::string& name);
/// What declare_name() let through.
AccountName stored_name(const std::string& name);

/// Sets the state and says so: as JSON the account, as text its name and `then`. Throws Refused, with `name` in it.
void change_state(Call& call, const std::string& name, AccountState state, std::string_view then);

[[noreturn]] void refuse(const std::string& name, ChangeRefusal refusal);

}  // namespace sisu::relay::admin
