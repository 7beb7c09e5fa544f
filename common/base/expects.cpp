#include "common/base/expects.hpp"

#include <cstdio>
#include <cstdlib>

namespace sisu {

void expectation_failed(const char* what, std::source_location where) {
  std::fprintf(stderr, "bug: %s:%u: %s: expected %s\n", where.file_name(), static_cast<unsigned>(where.line()),
               where.function_name(), what);
  std::abort();
}

}  // namespace sisu
