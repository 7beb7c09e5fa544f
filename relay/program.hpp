// The program sisumail-relay between its command line and its exit status.
#pragma once

#include "common/base/result.hpp"
#include "relay/failure.hpp"
#include "relay/options.hpp"

namespace sisu::relay {

/// Serves until SIGTERM or SIGINT.
Result<void, Failure> serve(const Options& options);

}  // namespace sisu::relay
