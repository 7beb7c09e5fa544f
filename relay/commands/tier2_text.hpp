// What Tier 2 on or off means for a user, in one sentence that names the command that changes it.
#pragma once

#include "relay/account/account.hpp"

#include <string_view>

namespace sisu::relay::commands {

std::string_view tier2_sentence(Tier2 tier2);

}  // namespace sisu::relay::commands
