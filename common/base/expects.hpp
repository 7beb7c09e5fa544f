// expects(): what must be true or the program itself is wrong. Never for input, the peer, or the machine's state.
// std::source_location is missing from clang 14, which builds the fuzz targets; the builtins below are in both
// compilers.
#pragma once

namespace sisu {

[[noreturn]] void expectation_failed(const char* what, const char* file = __builtin_FILE(), int line = __builtin_LINE(),
                                     const char* function = __builtin_FUNCTION());

/// Ends the process with file and line unless `condition` holds; active in every build.
inline void expects(bool condition, const char* what = "precondition", const char* file = __builtin_FILE(),
                    int line = __builtin_LINE(), const char* function = __builtin_FUNCTION()) {
  if (!condition) [[unlikely]]
    expectation_failed(what, file, line, function);
}

}  // namespace sisu
