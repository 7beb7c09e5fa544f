// The provider that the configuration names, with its credential read.
#pragma once

#include "relay/naming/service/config.hpp"
#include "relay/naming/visibility.hpp"

#include <memory>

namespace sisu::relay::naming {

/// The error is one line: what is wrong with the credential, and what to do.
Result<std::unique_ptr<Provider>, std::string> make_provider(const Config& config);

std::unique_ptr<Visibility> make_visibility(const Config& config);

}  // namespace sisu::relay::naming
