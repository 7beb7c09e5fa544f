// Runs a program without a shell: what tells a name server that its file has changed.
#pragma once

#include "common/base/result.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace sisu::relay::naming {

/// `words`: an absolute path and arguments. Without input and output; killed after `limit`. The error is one line.
Result<void, std::string> run_command(const std::vector<std::string>& words, std::chrono::milliseconds limit);

}  // namespace sisu::relay::naming
