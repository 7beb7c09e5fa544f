// Result<T, E>: a value, or why there is none. Parsers and formats return it; coroutines doing I/O throw
// std::system_error instead (docs/style.md).
#pragma once

#include <tl/expected.hpp>

namespace sisu {

template <class T, class E>
using Result = tl::expected<T, E>;

/// `return fail(Error::too_long);`
template <class E>
tl::unexpected<std::decay_t<E>> fail(E&& error) {
  return tl::unexpected<std::decay_t<E>>(std::forward<E>(error));
}

}  // namespace sisu
