// How long to wait before something is tried again. Pure functions.
#pragma once

#include "relay/naming/provider.hpp"

#include <chrono>

namespace sisu::relay::naming {

/// After the provider failed `attempts` times in a row, at least 1. A provider that comes back is found within 5
/// seconds; one that says when to come again is believed, up to an hour.
std::chrono::milliseconds wait_after(const ProviderError& error, unsigned attempts);

/// After `attempts` looks at the authoritative servers that did not show everything: short at first, as a claim waits
/// for it, and at most 10 minutes, as a server that is away for long must not hold up questions to the others.
std::chrono::milliseconds wait_after_look(unsigned attempts);

/// "; tried again in 4 s": the end of a problem's text.
std::string again_in(std::chrono::milliseconds wait);

/// Whether an error of this kind is of the provider as a whole, and no use trying other owners' changes.
bool is_of_the_whole(ProviderError::Kind kind);

}  // namespace sisu::relay::naming
