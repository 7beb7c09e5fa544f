#include "common/base/expects.hpp"

#include <cstdio>
#include <cstdlib>

namespace sisu {

void expectation_failed(const char* what, const char* file, int line, const char* function) {
  std::fprintf(stderr, "bug: %s:%d: %s: expected %s\n", file, line, function, what);
  std::abort();
}

}  // namespace sisu
