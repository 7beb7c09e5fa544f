// expects(): what must be true or the program itself is wrong. Never for input, the peer, or the machine's state.
#pragma once

#include <source_location>

namespace sisu {

[[noreturn]] void expectation_failed(const char* what, std::source_location where);

/// Ends the process with file and line unless `condition` holds; active in every build.
inline void expects(bool condition, const char* what = "precondition",
                    std::source_location where = std::source_location::current()) {
  if (!condition) [[unlikely]]
    expectation_failed(what, where);
}

}  // namespace sisu
