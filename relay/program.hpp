// The program sisumail-relay between its command line and its exit status.
#pragma once

#include "common/base/result.hpp"
#include "relay/options.hpp"

#include <string>

namespace sisu::relay {

/// A reason to end with, one line, and the exit status that goes with it: 1 the machine, 2 the command line.
struct Failure {
  int status = 1;
  std::string what;
};

/// Serves until SIGTERM or SIGINT.
Result<void, Failure> serve(const Options& options);

}  // namespace sisu::relay
