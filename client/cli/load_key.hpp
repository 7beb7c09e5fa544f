// The SSH key that --key names, its passphrase asked for where needed.
#pragma once

#include "client/cli/options.hpp"
#include "common/ssh/key.hpp"

#include <optional>
#include <string>

namespace sisu::client {

/// nullopt: no --key, the ssh-agent is to be used, and there is one. Blocks while a person types. The error is one
/// line.
Result<std::optional<ssh::PrivateKey>, std::string> load_key(const Options& options, Environment environment);

}  // namespace sisu::client
