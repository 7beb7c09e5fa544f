// Why the program ends before or instead of serving.
#pragma once

#include "common/base/result.hpp"

#include <string>

namespace sisu::relay {

/// One line, and the exit status that goes with it: 1 the machine, 2 the command line.
struct Failure {
  int status = 1;
  std::string what;
};

inline tl::unexpected<Failure> usage(std::string what) { return fail(Failure{2, std::move(what)}); }
inline tl::unexpected<Failure> failed(std::string what) { return fail(Failure{1, std::move(what)}); }

}  // namespace sisu::relay
