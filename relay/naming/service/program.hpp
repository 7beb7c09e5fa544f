// sisumail-dns from its command line to its end.
#pragma once

#include "relay/naming/service/options.hpp"

namespace sisu::relay::naming {

/// Why it did not serve. Status 1: the machine does not allow it; 2: the command line or the configuration is wrong.
struct Failure {
  int status = 1;
  std::string what;  ///< one line without the program's name
};

/// Serves until SIGTERM or SIGINT; a second signal ends it at once. Throws what the database throws at its opening.
Result<void, Failure> serve(const Options& options);

}  // namespace sisu::relay::naming
