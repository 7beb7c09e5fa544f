// A whole zone by AXFR (RFC 5936), every message signed.
#pragma once

#include "relay/naming/providers/rfc2136.hpp"
#include "relay/naming/providers/rfc2136_error.hpp"

namespace sisu::relay::naming {

/// The records of the types that we publish.
Result<RecordSet, ProviderError> transfer_zone(const Rfc2136Options& options, const UpdateServer& server,
                                               const Interrupt& interrupt);

}  // namespace sisu::relay::naming
